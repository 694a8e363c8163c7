//! AES as Spark has it: GCM, CBC and ECB; the initialization vector stands before the text.

use crate::failures::{invalid_parameter, unsupported_feature};
use crate::udf::{Definition, Input};
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::consts::U12;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::{Aead, Nonce, Payload};
use arrow::array::*;
use arrow::datatypes::DataType;
use brickyard_error::{Failure, Result};
use rand::Rng;
use std::sync::Arc;

pub const DEFINITIONS: &[Definition] = &[
    Definition::new("spark_aes_encrypt", |_| Ok(DataType::Binary), encrypt).volatile(),
    Definition::new("spark_aes_decrypt", |_| Ok(DataType::Binary), decrypt),
];

const FUNCTIONS: &str = "aes_encrypt`/`aes_decrypt";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Gcm,
    Cbc,
    Ecb,
}

impl Mode {
    fn parse(mode: &str, padding: &str) -> Result<Self> {
        let padding_is = |known: &str| padding.eq_ignore_ascii_case(known);
        let is_default = padding_is("DEFAULT");
        match mode.to_ascii_uppercase().as_str() {
            "GCM" if is_default || padding_is("NONE") => Ok(Self::Gcm),
            "CBC" if is_default || padding_is("PKCS") => Ok(Self::Cbc),
            "ECB" if is_default || padding_is("PKCS") => Ok(Self::Ecb),
            _ => {
                let details = [("mode", mode), ("padding", padding), ("functionName", &format!("`{FUNCTIONS}`"))];
                Err(unsupported_feature("AES_MODE", &details))
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gcm => "GCM",
            Self::Cbc => "CBC",
            Self::Ecb => "ECB",
        }
    }

    /// Bytes of the initialization vector.
    fn vector_length(self) -> usize {
        match self {
            Self::Gcm => 12,
            Self::Cbc => 16,
            Self::Ecb => 0,
        }
    }
}

fn wrong(message: &str) -> Failure {
    invalid_parameter("AES_CRYPTO_ERROR", FUNCTIONS, "expr`, `key", &[("detailMessage", message.to_owned())])
}

/// Runs a body with the cipher of the key's length.
macro_rules! with_cipher {
    ($key:expr, $cipher:ident => $body:expr) => {
        match $key.len() {
            16 => {
                type $cipher = Aes128;
                $body
            }
            24 => {
                type $cipher = Aes192;
                $body
            }
            32 => {
                type $cipher = Aes256;
                $body
            }
            length => {
                Err(invalid_parameter("AES_KEY_LENGTH", FUNCTIONS, "key", &[("actualLength", length.to_string())]))
            }
        }
    };
}

const BAD_VECTOR: &str = "IV buffer too short for given offset/length combination";
const BAD_PADDING: &str = "Given final block not properly padded. Such issues can arise if a bad key is used during \
                           decryption.";

fn encrypted(mode: Mode, text: &[u8], key: &[u8], vector: &[u8], also: &[u8]) -> Result<Vec<u8>> {
    let sealed = with_cipher!(key, C => match mode {
        Mode::Gcm => {
            let (cipher, nonce) = (AesGcm::<C, U12>::new_from_slice(key), Nonce::<AesGcm<C, U12>>::try_from(vector));
            let (Ok(cipher), Ok(nonce)) = (cipher, nonce) else { return Err(wrong(BAD_VECTOR)) };
            cipher.encrypt(&nonce, Payload { msg: text, aad: also }).map_err(|_| wrong("the text is too long"))
        }
        Mode::Cbc => cbc::Encryptor::<C>::new_from_slices(key, vector)
            .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(text))
            .map_err(|_| wrong(BAD_VECTOR)),
        Mode::Ecb => ecb::Encryptor::<C>::new_from_slice(key)
            .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(text))
            .map_err(|_| wrong(BAD_VECTOR)),
    })?;
    Ok([vector, &sealed].concat())
}

fn decrypted(mode: Mode, text: &[u8], key: &[u8], also: &[u8]) -> Result<Vec<u8>> {
    with_cipher!(key, C => {
        if mode == Mode::Gcm && text.len() < mode.vector_length() {
            return Err(wrong("Invalid buffer arguments"));
        }
        if text.len() < mode.vector_length() {
            return Err(wrong(BAD_VECTOR));
        }
        let (vector, sealed) = text.split_at(mode.vector_length());
        if mode != Mode::Gcm && sealed.len() % 16 != 0 {
            return Err(wrong("Input length must be multiple of 16 when decrypting with padded cipher"));
        }
        match mode {
            Mode::Gcm => {
                let (cipher, nonce) =
                    (AesGcm::<C, U12>::new_from_slice(key), Nonce::<AesGcm<C, U12>>::try_from(vector));
                let (Ok(cipher), Ok(nonce)) = (cipher, nonce) else { return Err(wrong(BAD_VECTOR)) };
                cipher.decrypt(&nonce, Payload { msg: sealed, aad: also }).map_err(|_| wrong("Tag mismatch"))
            }
            Mode::Cbc => {
                let cipher = cbc::Decryptor::<C>::new_from_slices(key, vector).map_err(|_| wrong(BAD_VECTOR))?;
                cipher.decrypt_padded_vec::<Pkcs7>(sealed).map_err(|_| wrong(BAD_PADDING))
            }
            Mode::Ecb => {
                let cipher = ecb::Decryptor::<C>::new_from_slice(key).map_err(|_| wrong(BAD_VECTOR))?;
                cipher.decrypt_padded_vec::<Pkcs7>(sealed).map_err(|_| wrong(BAD_PADDING))
            }
        }
    })
}

/// `(text, key, mode, padding, initialization vector, additional data)`; without a vector each row has one by chance.
fn encrypt(input: &Input) -> Result<ArrayRef> {
    let (texts, keys, vectors, others) = (input.bytes(0)?, input.bytes(1)?, input.bytes(4)?, input.bytes(5)?);
    let (modes, paddings) = (input.strings(2)?, input.strings(3)?);
    Ok(Arc::new(input.rows_of::<_, BinaryArray>(6, |row| {
        let mode = Mode::parse(modes.value(row), paddings.value(row))?;
        let (given, also) = (vectors.value(row), others.value(row));
        let details = [("mode", mode.name()), ("functionName", "`aes_encrypt`")];
        if mode == Mode::Ecb && !given.is_empty() {
            return Err(unsupported_feature("AES_MODE_IV", &details));
        }
        if mode != Mode::Gcm && !also.is_empty() {
            return Err(unsupported_feature("AES_MODE_AAD", &details));
        }
        let mut vector = given.to_vec();
        if given.is_empty() {
            vector = vec![0; mode.vector_length()];
            rand::rng().fill(vector.as_mut_slice());
        }
        if vector.len() != mode.vector_length() {
            let details = [("mode", mode.name().to_owned()), ("actualLength", vector.len().to_string())];
            return Err(invalid_parameter("AES_IV_LENGTH", FUNCTIONS, "iv", &details));
        }
        encrypted(mode, texts.value(row), keys.value(row), &vector, also).map(Some)
    })?))
}

/// `(text, key, mode, padding, additional data, mode of failures)`
fn decrypt(input: &Input) -> Result<ArrayRef> {
    let (texts, keys, others) = (input.bytes(0)?, input.bytes(1)?, input.bytes(4)?);
    let (modes, paddings) = (input.strings(2)?, input.strings(3)?);
    let fails = input.text(5)? != "try";
    Ok(Arc::new(input.rows_of::<_, BinaryArray>(5, |row| {
        let opened = Mode::parse(modes.value(row), paddings.value(row)).and_then(|mode| {
            let also = others.value(row);
            if mode != Mode::Gcm && !also.is_empty() {
                let details = [("mode", mode.name()), ("functionName", "`aes_decrypt`")];
                return Err(unsupported_feature("AES_MODE_AAD", &details));
            }
            decrypted(mode, texts.value(row), keys.value(row), also)
        });
        match opened {
            Ok(text) => Ok(Some(text)),
            Err(_) if !fails => Ok(None),
            Err(failure) => Err(failure),
        }
    })?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sealed_as_in_java_and_opened_again() {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        let short = "0000111122223333";
        for (mode, key, vector, also, wanted) in [
            (Mode::Ecb, short, &[][..], "", "348FF37EBDE05B7880BA339068FBDA5E"),
            (Mode::Cbc, short, &[0; 16], "", "00000000000000000000000000000000348FF37EBDE05B7880BA339068FBDA5E"),
            (
                Mode::Gcm,
                "abcdefghijklmnop12345678ABCDEFGH",
                &[0; 12],
                "This is an AAD mixed into the input",
                "000000000000000000000000422622FAC4CB9BB283F54719DA79517580DEFCF5F8",
            ),
        ] {
            let sealed = encrypted(mode, b"Spark", key.as_bytes(), vector, also.as_bytes()).unwrap();
            assert_eq!(hex(&sealed), wanted, "{mode:?}");
            assert_eq!(decrypted(mode, &sealed, key.as_bytes(), also.as_bytes()).unwrap(), b"Spark", "{mode:?}");
        }
        assert!(decrypted(Mode::Gcm, &[0; 40], short.as_bytes(), b"").is_err());
        assert!(encrypted(Mode::Ecb, b"Spark", b"short", b"", b"").is_err());
    }
}
