//! The function's package: a zip as Lambda wants it, in a bucket.

use std::fmt;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const BUCKET: &str = "medic-artifacts";
const KEY: &str = "alarm-playbook.zip";
const TEMPLATE_KEY: &str = "template.yaml";

/// A debug build has a hundred megabytes, and tests upload several at once.
const UPLOAD_WITHIN: Duration = Duration::from_secs(150);

const EXECUTABLE: u32 = 0o755;
const READABLE: u32 = 0o644;

/// An object in a bucket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Object {
    bucket: &'static str,
    key: &'static str,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// Puts the package into a bucket for such things, which is created.
pub(super) async fn upload(
    config: &SdkConfig,
    binary: PathBuf,
    playbook: PathBuf,
) -> anyhow::Result<Object> {
    let object = Object {
        bucket: BUCKET,
        key: KEY,
    };
    let package = tokio::task::spawn_blocking(move || package(&binary, &playbook)).await??;
    let s3 = s3(config);
    let region = config.region().map_or("", AsRef::as_ref);
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(region))
        .build();
    s3.create_bucket()
        .bucket(BUCKET)
        .create_bucket_configuration(place)
        .send()
        .await
        .with_context(|| format!("couldn't create bucket {BUCKET}"))?;
    s3.put_object()
        .bucket(BUCKET)
        .key(KEY)
        .body(package.into())
        .send()
        .await
        .with_context(|| format!("couldn't upload the function's package to {object}"))?;
    Ok(object)
}

/// Puts a template into the bucket of the packages, and returns the address by which CloudFormation reads it.
pub(super) async fn upload_template(config: &SdkConfig, text: String) -> anyhow::Result<String> {
    s3(config)
        .put_object()
        .bucket(BUCKET)
        .key(TEMPLATE_KEY)
        .body(text.into_bytes().into())
        .send()
        .await
        .with_context(|| format!("couldn't upload the template to s3://{BUCKET}/{TEMPLATE_KEY}"))?;
    Ok(format!("https://s3.amazonaws.com/{BUCKET}/{TEMPLATE_KEY}"))
}

fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(UPLOAD_WITHIN)
        .build();
    let config = aws_sdk_s3::config::Builder::from(config)
        // A debug build takes seconds to compute one over a debug build.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .timeout_config(timeouts)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// The binary as `bootstrap` and the playbook beside it; stored, because compressing a debug build takes longer than
/// everything else that a demo does.
fn package(binary: &Path, playbook: &Path) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, name, mode) in [
        (binary, "bootstrap", EXECUTABLE),
        (playbook, "playbook.yaml", READABLE),
    ] {
        let packed = || format!("couldn't pack {} as {name}", path.display());
        let content = fs::read(path).with_context(packed)?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .unix_permissions(mode);
        zip.start_file(name, options).with_context(packed)?;
        zip.write_all(&content).with_context(packed)?;
    }
    let zip = zip
        .finish()
        .context("couldn't finish the function's package")?;
    Ok(zip.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn the_package_holds_an_executable_bootstrap_and_the_playbook() {
        let folder = tempfile::tempdir().unwrap();
        let (binary, playbook) = (folder.path().join("function"), folder.path().join("p.yaml"));
        fs::write(&binary, "machine code").unwrap();
        fs::write(&playbook, "version: 1").unwrap();

        let package = package(&binary, &playbook).unwrap();

        let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
        let entries: Vec<_> = (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).unwrap();
                let mut content = String::new();
                file.read_to_string(&mut content).unwrap();
                (file.name().unwrap().into_owned(), file.unix_mode(), content)
            })
            .collect();
        assert_eq!(
            entries,
            [
                (
                    "bootstrap".to_owned(),
                    Some(0o100_755),
                    "machine code".to_owned()
                ),
                (
                    "playbook.yaml".to_owned(),
                    Some(0o100_644),
                    "version: 1".to_owned()
                ),
            ]
        );
    }
}
