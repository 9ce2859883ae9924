//! The file of a baseline: `medic-baseline 1`, a new line, the templates as sorted little-endian 32-bit numbers, and the first eight bytes
//! of the SHA-256 of all that.

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Baseline;

const HEAD: &[u8] = b"medic-baseline 1\n";
const CHECKSUM_BYTES: usize = 8;

/// Why bytes are no baseline.
#[derive(Debug, Error, Eq, PartialEq)]
pub enum DamagedBaseline {
    #[error("not a baseline, or one of another version: it doesn't begin with `medic-baseline 1`")]
    Head,
    #[error("the baseline is cut off: {bytes} bytes of templates and checksum don't add up")]
    Length { bytes: usize },
    #[error("the baseline is damaged: its checksum is wrong; build it again")]
    Checksum,
    #[error("the baseline has {templates} templates, more than {most}")]
    TooLarge { templates: usize, most: usize },
}

impl Baseline {
    /// What the file begins with, in any version.
    pub const MAGIC: &[u8] = b"medic-baseline ";

    /// The bytes of the file; equal baselines give equal bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = HEAD.to_vec();
        bytes.extend(
            self.templates
                .iter()
                .flat_map(|template| template.to_le_bytes()),
        );
        let checksum = checksum(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// Reads what [`Baseline::write`] wrote.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, DamagedBaseline> {
        let body = bytes.strip_prefix(HEAD).ok_or(DamagedBaseline::Head)?;
        let length = DamagedBaseline::Length { bytes: body.len() };
        let Some((content, claimed)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
            return Err(length);
        };
        let Some(body) = content.strip_prefix(HEAD) else {
            return Err(length);
        };
        if checksum(content) != *claimed {
            return Err(DamagedBaseline::Checksum);
        }
        let (templates, []) = body.as_chunks::<4>() else {
            return Err(length);
        };
        if templates.len() > Self::MOST_TEMPLATES {
            return Err(DamagedBaseline::TooLarge {
                templates: templates.len(),
                most: Self::MOST_TEMPLATES,
            });
        }
        Ok(Self {
            templates: templates.iter().copied().map(u32::from_le_bytes).collect(),
        })
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let digest = Sha256::digest(bytes);
    let mut first = [0; CHECKSUM_BYTES];
    first
        .iter_mut()
        .zip(digest.iter())
        .for_each(|(to, from)| *to = *from);
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn example() -> Baseline {
        ["cargo test", "all is well", "done in 3 s"]
            .into_iter()
            .collect()
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_the_reason() {
        let good = example().write();
        let mut flipped = good.clone();
        flipped[20] ^= 1;
        let mut other = good.clone();
        other[15] = b'2';
        let cases = [
            (b"".to_vec(), DamagedBaseline::Head),
            (other, DamagedBaseline::Head),
            (flipped, DamagedBaseline::Checksum),
            (good[..good.len() - 1].to_vec(), DamagedBaseline::Checksum),
            (HEAD.to_vec(), DamagedBaseline::Length { bytes: 0 }),
        ];
        for (bytes, reason) in cases {
            assert_eq!(Baseline::parse(&bytes), Err(reason));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(lines in proptest::collection::vec(".{0,40}", 0..50)) {
            let baseline: Baseline = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(Baseline::parse(&baseline.write()), Ok(baseline));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Baseline::parse(&bytes);
        }
    }
}
