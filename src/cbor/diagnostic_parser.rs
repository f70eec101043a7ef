//! Reads diagnostic notation (RFC 8949 §8, RFC 8610 §G): what CTAP2 allows, and nothing else.
//!
//! Maps keep the order written, so that a key can be shown what it ought to refuse.

use std::str::Chars;

use minicbor::data::Int;

use super::Value;

/// Arrays and maps inside each other.
const NESTING: usize = 16;

/// No message that a key takes is as long, in characters.
const LONGEST: usize = 1 << 16;

/// Where the text stops being diagnostic notation, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {position}: {problem}")]
pub struct DiagnosticError {
    /// Which character, from 1.
    pub position: usize,
    /// What is wrong there.
    pub problem: DiagnosticProblem,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiagnosticProblem {
    /// Another character was due; what was found.
    #[error("{wanted} is wanted, not {found:?}")]
    Unexpected {
        /// What is due.
        wanted: &'static str,
        /// What stands there.
        found: char,
    },
    /// The text ends too early.
    #[error("{wanted} is wanted, and the text ends")]
    End {
        /// What is due.
        wanted: &'static str,
    },
    /// A word that means nothing.
    #[error("{0:?} means nothing")]
    Word(String),
    /// A number beyond 64 bits.
    #[error("the number does not fit into 64 bits")]
    Number,
    /// Something that CBOR has and CTAP2 forbids.
    #[error("CTAP2 has no {0}")]
    Forbidden(&'static str),
    /// Maps and arrays are nested too deep.
    #[error("nested too deep")]
    Nesting,
    /// The text is too long.
    #[error("the text is too long")]
    TooLong,
}

use DiagnosticProblem as Problem;

/// Reads one value.
pub fn parse(text: &str) -> Result<Value, DiagnosticError> {
    let mut parser = Parser { rest: text.chars(), position: 1 };
    if text.len() > LONGEST {
        return Err(parser.error(Problem::TooLong));
    }
    let value = parser.value(NESTING)?;
    parser.skip_blanks()?;
    match parser.peek() {
        None => Ok(value),
        Some(found) => {
            Err(parser.error(Problem::Unexpected { wanted: "the end of the text", found }))
        }
    }
}

struct Parser<'t> {
    rest: Chars<'t>,
    position: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.rest.next();
        self.position += usize::from(next.is_some());
        next
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.next();
        }
        found
    }

    fn error(&self, problem: Problem) -> DiagnosticError {
        DiagnosticError { position: self.position, problem }
    }

    fn wanted(&self, wanted: &'static str) -> DiagnosticError {
        self.error(match self.peek() {
            Some(found) => Problem::Unexpected { wanted, found },
            None => Problem::End { wanted },
        })
    }

    /// Skips white space and `/comments/`.
    fn skip_blanks(&mut self) -> Result<(), DiagnosticError> {
        loop {
            while self.peek().is_some_and(char::is_whitespace) {
                self.next();
            }
            if !self.take('/') {
                return Ok(());
            }
            loop {
                match self.next() {
                    Some('/') => break,
                    Some(_) => {}
                    None => return Err(self.wanted("the / that ends the comment")),
                }
            }
        }
    }

    fn value(&mut self, nesting: usize) -> Result<Value, DiagnosticError> {
        self.skip_blanks()?;
        match self.peek() {
            Some('[' | '{') if nesting == 0 => Err(self.error(Problem::Nesting)),
            Some('[') => self.array(nesting - 1),
            Some('{') => self.map(nesting - 1),
            Some('"') => self.quoted('"').map(Value::Text),
            Some('\'') => self.quoted('\'').map(|text| Value::Bytes(text.into_bytes())),
            Some('<') => Err(self.error(Problem::Forbidden("embedded CBOR"))),
            Some('-' | '+' | '0'..='9') => self.number(),
            Some(first) if first.is_ascii_alphabetic() => self.word(),
            _ => Err(self.wanted("a value")),
        }
    }

    fn array(&mut self, nesting: usize) -> Result<Value, DiagnosticError> {
        self.open()?;
        let mut items = Vec::new();
        loop {
            self.skip_blanks()?;
            if self.take(']') {
                return Ok(Value::Array(items));
            }
            if !items.is_empty() && !self.take(',') {
                return Err(self.wanted(", or ]"));
            }
            items.push(self.value(nesting)?);
        }
    }

    fn map(&mut self, nesting: usize) -> Result<Value, DiagnosticError> {
        self.open()?;
        let mut members = Vec::new();
        loop {
            self.skip_blanks()?;
            if self.take('}') {
                return Ok(Value::Map(members));
            }
            if !members.is_empty() && !self.take(',') {
                return Err(self.wanted(", or }"));
            }
            let key = self.value(nesting)?;
            self.skip_blanks()?;
            if !self.take(':') {
                return Err(self.wanted(":"));
            }
            members.push((key, self.value(nesting)?));
        }
    }

    /// Takes the bracket.
    fn open(&mut self) -> Result<(), DiagnosticError> {
        self.next();
        self.no_indicator()
    }

    fn no_indicator(&self) -> Result<(), DiagnosticError> {
        match self.peek() {
            Some('_') => Err(self.error(Problem::Forbidden("indefinite or chosen lengths"))),
            _ => Ok(()),
        }
    }

    fn number(&mut self) -> Result<Value, DiagnosticError> {
        let start = self.position;
        let negative = self.take('-');
        if !negative {
            self.take('+');
        }
        let digits = self.letters_and_digits();
        let (radix, digits) = match digits.split_at_checked(2) {
            Some(("0x", digits)) => (16, digits),
            Some(("0o", digits)) => (8, digits),
            Some(("0b", digits)) => (2, digits),
            _ => (10, digits.as_str()),
        };
        let at_start = |problem| DiagnosticError { position: start, problem };
        let decimal = |c: char| c.is_ascii_digit() || matches!(c, 'e' | 'E');
        if self.peek() == Some('.')
            || digits == "Infinity"
            || radix == 10 && digits.contains(['e', 'E']) && digits.chars().all(decimal)
        {
            return Err(at_start(Problem::Forbidden("floating-point numbers")));
        }
        if digits.is_empty() {
            return Err(self.wanted("a digit"));
        }
        if !digits.chars().all(|digit| digit.is_digit(radix)) {
            return Err(at_start(Problem::Word(digits.to_owned())));
        }
        let number = i128::from_str_radix(digits, radix).ok();
        let number = number.map(|number| if negative { -number } else { number });
        let number = number.and_then(|number| Int::try_from(number).ok());
        if self.peek() == Some('(') {
            return Err(at_start(Problem::Forbidden("tags")));
        }
        self.no_indicator()?;
        number.map(Value::Integer).ok_or(at_start(Problem::Number))
    }

    fn word(&mut self) -> Result<Value, DiagnosticError> {
        let start = self.position;
        let word = self.letters_and_digits();
        let at_start = |problem| DiagnosticError { position: start, problem };
        match word.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            "h" if self.peek() == Some('\'') => self.hex(),
            "b64" if self.peek() == Some('\'') => self.base64(),
            "NaN" | "Infinity" => Err(at_start(Problem::Forbidden("floating-point numbers"))),
            "undefined" => Err(at_start(Problem::Forbidden("undefined"))),
            "simple" => Err(at_start(Problem::Forbidden("simple values"))),
            _ => Err(at_start(Problem::Word(word))),
        }
    }

    fn letters_and_digits(&mut self) -> String {
        let mut word = String::new();
        while let Some(next) = self.peek().filter(char::is_ascii_alphanumeric) {
            word.push(next);
            self.next();
        }
        word
    }

    fn hex(&mut self) -> Result<Value, DiagnosticError> {
        self.next();
        let mut bytes = Vec::new();
        while let Some(high) = self.digit(16, "a hexadecimal digit or '")? {
            let Some(low) = self.digit(16, "a hexadecimal digit")? else {
                return Err(self.error(Problem::End { wanted: "another hexadecimal digit" }));
            };
            bytes.push(high << 4 | low);
        }
        Ok(Value::Bytes(bytes))
    }

    /// Takes a digit; `None` for the closing quote, which is taken too.
    fn digit(&mut self, radix: u32, wanted: &'static str) -> Result<Option<u8>, DiagnosticError> {
        self.skip_blanks()?;
        let digit = self.peek().and_then(|digit| digit.to_digit(radix));
        match digit.and_then(|digit| u8::try_from(digit).ok()) {
            Some(digit) => {
                self.next();
                Ok(Some(digit))
            }
            None if self.take('\'') => Ok(None),
            None => Err(self.wanted(wanted)),
        }
    }

    /// Takes base64 of either alphabet, padded or not.
    fn base64(&mut self) -> Result<Value, DiagnosticError> {
        self.next();
        let mut bytes = Vec::new();
        let (mut bits, mut held) = (0_u32, 0_u32);
        loop {
            let sextet = match self.peek() {
                Some(letter @ 'A'..='Z') => u32::from(letter) - u32::from('A'),
                Some(letter @ 'a'..='z') => u32::from(letter) - u32::from('a') + 26,
                Some(digit @ '0'..='9') => u32::from(digit) - u32::from('0') + 52,
                Some('+' | '-') => 62,
                Some('/' | '_') => 63,
                Some('=') => {
                    self.next();
                    continue;
                }
                Some('\'') => {
                    self.next();
                    return Ok(Value::Bytes(bytes));
                }
                _ => return Err(self.wanted("base64 or '")),
            };
            self.next();
            bits = (bits << 6 | sextet) & 0xFFF;
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.extend(u8::try_from(bits >> held & 0xFF));
            }
        }
    }

    /// Takes text in quotes, with the escapes of JSON.
    fn quoted(&mut self, quote: char) -> Result<String, DiagnosticError> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.wanted("the closing quote")),
                Some(end) if end == quote => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(other) => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Result<char, DiagnosticError> {
        let wanted = "an escape such as \\n or \\u00e9";
        let escaped = match self.peek() {
            Some(quoted @ ('"' | '\'' | '\\' | '/')) => quoted,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.next();
                return self.code_point();
            }
            _ => return Err(self.wanted(wanted)),
        };
        self.next();
        Ok(escaped)
    }

    /// Takes four hexadecimal digits, or eight in the form of a surrogate pair.
    fn code_point(&mut self) -> Result<char, DiagnosticError> {
        let first = self.code_unit()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first).ok_or(self.wanted("the first half of a surrogate pair"));
        }
        let wanted = "the other half of the surrogate pair";
        if !self.take('\\') || !self.take('u') {
            return Err(self.wanted(wanted));
        }
        let second = self.code_unit()?;
        let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400);
        let code = low.map(|low| 0x1_0000 + (first - 0xD800) * 0x400 + low);
        code.and_then(char::from_u32).ok_or(self.wanted(wanted))
    }

    fn code_unit(&mut self) -> Result<u32, DiagnosticError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|digit| digit.to_digit(16));
            let digit = digit.ok_or(self.wanted("a hexadecimal digit"))?;
            unit = unit << 4 | digit;
            self.next();
        }
        Ok(unit)
    }
}
