//! Short names for long ones, in keys and ids.

use sha2::{Digest as _, Sha256};

/// The beginning of the SHA-256 of `text`, `bytes` bytes of it, as lower-case hexadecimal digits.
pub fn short_hash(text: &str, bytes: usize) -> String {
    let digest = Sha256::digest(text);
    hex::encode(digest.get(..bytes).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_beginning_of_the_digest() {
        // FIPS 180-2, the digest of "abc".
        assert_eq!(short_hash("abc", 4), "ba7816bf");
        assert_eq!(short_hash("abc", 99).len(), 64);
    }
}
