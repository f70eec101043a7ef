//! Members of a JSON object whose shapes are known beforehand.
//!
//! Metadata come from hundreds of vendors. A member that is not of its shape is taken out and
//! listed, so that one slip does not make the other models unreadable; whoever asks for it then
//! finds it absent, which promises nothing.

use serde_json::{Map, Value};

/// What a member must look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text,
    Number,
    Truth,
    Object,
    Texts,
    Numbers,
    Objects,
    /// A list of lists of objects.
    ObjectLists,
    /// An object whose values are text.
    TextMap,
    /// An object whose values are true or false.
    TruthMap,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        let list =
            |holds: fn(&Value) -> bool| value.as_array().is_some_and(|l| l.iter().all(holds));
        let map =
            |holds: fn(&Value) -> bool| value.as_object().is_some_and(|m| m.values().all(holds));
        match self {
            Shape::Text => value.is_string(),
            Shape::Number => value.is_u64(),
            Shape::Truth => value.is_boolean(),
            Shape::Object => value.is_object(),
            Shape::Texts => list(Value::is_string),
            Shape::Numbers => list(Value::is_u64),
            Shape::Objects => list(Value::is_object),
            Shape::ObjectLists => {
                list(|inner| inner.as_array().is_some_and(|l| l.iter().all(Value::is_object)))
            }
            Shape::TextMap => map(Value::is_string),
            Shape::TruthMap => map(Value::is_boolean),
        }
    }
}

/// A JSON object, its known members of known shapes; the others are as they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Members(Map<String, Value>);

impl Members {
    /// Takes out what does not fit `shapes`; returns the names with the rest.
    pub(super) fn weed(
        mut members: Map<String, Value>,
        shapes: &[(&'static str, Shape)],
    ) -> (Self, Vec<&'static str>) {
        let misfits = shapes
            .iter()
            .filter(|(name, shape)| members.get(*name).is_some_and(|value| !shape.fits(value)));
        let misfits: Vec<_> = misfits.map(|(name, _)| *name).collect();
        for name in &misfits {
            members.shift_remove(*name);
        }
        (Members(members), misfits)
    }

    /// Takes a member out.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name)
    }

    /// Returns everything as it came.
    pub fn as_json(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Returns a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    /// Returns a truth value.
    pub fn truth(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    /// Returns the texts of a list; none if there is no such list.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.list(name).iter().filter_map(Value::as_str)
    }

    /// Returns a list; an empty one if there is none.
    pub fn list(&self, name: &str) -> &[Value] {
        self.0.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Returns the members of an object; none if there is no such object.
    pub fn map(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let object = self.0.get(name).and_then(Value::as_object);
        object.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }
}
