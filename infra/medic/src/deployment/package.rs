//! The functions' packages: zips as Lambda wants them, in a bucket.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const BUCKET: &str = "medic-artifacts";
const TEMPLATE_KEY: &str = "template.yaml";

/// A debug build has a hundred megabytes, and tests upload several at once.
const UPLOAD_WITHIN: Duration = Duration::from_secs(150);

const EXECUTABLE: u32 = 0o755;
const READABLE: u32 = 0o644;

/// What a function's package is made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Package {
    /// The function's name in this project.
    pub(super) function: &'static str,
    /// Its program.
    pub(super) binary: PathBuf,
    /// What lies beside it: the name in the package, and the file.
    pub(super) files: Vec<(&'static str, PathBuf)>,
}

impl Package {
    /// The address of a function's package, whether or not it has been uploaded.
    pub(super) fn uri(function: &str) -> String {
        format!("s3://{BUCKET}/{}", key(function))
    }
}

fn key(function: &str) -> String {
    format!("{function}.zip")
}

/// Puts packages into a bucket for such things, which is created.
pub(super) async fn upload(config: &SdkConfig, packages: Vec<Package>) -> anyhow::Result<()> {
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
    for wanted in packages {
        let function = wanted.function;
        let packed = tokio::task::spawn_blocking(move || package(&wanted)).await??;
        s3.put_object()
            .bucket(BUCKET)
            .key(key(function))
            .body(packed.into())
            .send()
            .await
            .with_context(|| {
                let uri = Package::uri(function);
                format!("couldn't upload the package of {function} to {uri}")
            })?;
    }
    Ok(())
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

/// The binary as `bootstrap` and the files beside it; stored, because compressing a debug build takes longer than
/// everything else that a demo does.
fn package(wanted: &Package) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let files = wanted.files.iter();
    let files = files.map(|(name, path)| (path, *name, READABLE));
    for (path, name, mode) in [(&wanted.binary, "bootstrap", EXECUTABLE)]
        .into_iter()
        .chain(files)
    {
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
        .with_context(|| format!("couldn't finish the package of {}", wanted.function))?;
    Ok(zip.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn a_package_holds_an_executable_bootstrap_and_the_files_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (binary, playbook) = (folder.path().join("function"), folder.path().join("p.yaml"));
        fs::write(&binary, "machine code").unwrap();
        fs::write(&playbook, "version: 1").unwrap();

        let package = package(&Package {
            function: "alarm-playbook",
            binary,
            files: vec![("playbook.yaml", playbook)],
        })
        .unwrap();

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
