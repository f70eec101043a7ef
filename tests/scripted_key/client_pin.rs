//! The key's end of authenticatorClientPIN.

use fidoctl::ctap2::client_pin::{ClientPinRequest, ClientPinResponse, SubCommand};
use fidoctl::ctap2::{Message, Status};
use fidoctl::pin_uv::{
    KeyAgreementKey, OsRandom, Pin, PinUvAuthProtocol, SharedSecret, verify_with_token,
};
use fidoctl::webauthn::Flags;

use super::ScriptedKey;

const TOKEN: [u8; 32] = [0x70; 32];

impl ScriptedKey {
    pub(super) fn secret(&self, request: &ClientPinRequest) -> SharedSecret {
        let protocol = PinUvAuthProtocol::from_id(request.pin_uv_auth_protocol.unwrap()).unwrap();
        self.agreement_key.agree(protocol, request.key_agreement.as_ref().unwrap()).unwrap()
    }

    pub(super) fn client_pin(&mut self, request: ClientPinRequest) -> Result<Vec<u8>, Status> {
        let mut response = ClientPinResponse::default();
        match request.sub_command {
            SubCommand::GET_PIN_RETRIES => {
                response.pin_retries = Some(self.pin_retries);
                response.power_cycle_state = Some(self.power_cycle_needed);
            }
            SubCommand::GET_UV_RETRIES => response.uv_retries = Some(self.uv_retries),
            SubCommand::GET_KEY_AGREEMENT => {
                response.key_agreement = Some(self.agreement_key.public_key());
            }
            SubCommand::SET_PIN => {
                let padded =
                    self.secret(&request).decrypt(request.new_pin_enc.as_ref().unwrap()).unwrap();
                self.pin = Some(unpad(&padded));
                self.option("clientPin", true);
                return Ok(Vec::new());
            }
            SubCommand::CHANGE_PIN => {
                self.compare_pin(&request)?;
                let padded =
                    self.secret(&request).decrypt(request.new_pin_enc.as_ref().unwrap()).unwrap();
                self.pin = Some(unpad(&padded));
                return Ok(Vec::new());
            }
            SubCommand::GET_PIN_TOKEN | SubCommand::GET_TOKEN_USING_PIN => {
                self.compare_pin(&request)?;
                let secret = self.secret(&request);
                response.pin_uv_auth_token =
                    Some(secret.encrypt(&mut OsRandom, &TOKEN).unwrap().into());
            }
            SubCommand::GET_TOKEN_USING_UV => {
                match self.uv_outcomes.pop_front() {
                    None | Some(Status::SUCCESS) => {}
                    Some(status) => {
                        self.uv_retries = self.uv_retries.saturating_sub(1);
                        return Err(status);
                    }
                }
                let secret = self.secret(&request);
                response.pin_uv_auth_token =
                    Some(secret.encrypt(&mut OsRandom, &TOKEN).unwrap().into());
            }
            _ => return Err(Status::INVALID_SUBCOMMAND),
        }
        Ok(response.to_vec())
    }

    pub(super) fn compare_pin(&mut self, request: &ClientPinRequest) -> Result<(), Status> {
        let Some(pin) = &self.pin else { return Err(Status::PIN_NOT_SET) };
        self.pin_retries -= 1;
        let hash = self.secret(request).decrypt(request.pin_hash_enc.as_ref().unwrap());
        if hash.is_ok_and(|hash| hash.as_slice() == Pin::new(pin).unwrap().hash().as_slice()) {
            self.pin_retries = 8;
            return Ok(());
        }
        self.agreement_key = KeyAgreementKey::generate(&mut OsRandom).unwrap();
        if self.pin_retries == 0 {
            Err(Status::PIN_BLOCKED)
        } else if self.pin_retries % 3 == 2 {
            self.power_cycle_needed = true;
            Err(Status::PIN_AUTH_BLOCKED)
        } else {
            Err(Status::PIN_INVALID)
        }
    }

    pub(super) fn verify(
        &self,
        hash: &[u8],
        param: Option<&[u8]>,
        protocol: Option<u64>,
    ) -> Result<Flags, Status> {
        let Some(param) = param else { return Ok(Flags::empty()) };
        let protocol = PinUvAuthProtocol::from_id(protocol.unwrap()).unwrap();
        if verify_with_token(protocol, &TOKEN, hash, param) {
            Ok(Flags::UV)
        } else {
            Err(Status::PIN_AUTH_INVALID)
        }
    }
}

fn unpad(padded: &[u8]) -> String {
    let text: Vec<u8> = padded.iter().copied().take_while(|byte| *byte != 0).collect();
    String::from_utf8(text).unwrap()
}
