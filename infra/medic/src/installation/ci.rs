//! lambda-medic where it watches over the CI of a repository, and over nothing else.

use std::collections::BTreeMap;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_ssm::types::ParameterType;

use super::{Installation, MAIL_FROM, MAIL_TO, install, start_cloud};
use crate::deployment::{Analyst, Ci, Exporter, Mode, Parameters};
use crate::project::Project;
use crate::screen::Screen;
use crate::speed::Speed;

/// The SSM parameters with the secrets.
const APP_KEY_PARAMETER: &str = "/lambda-medic/github-app";
const LLM_KEY_PARAMETER: &str = "/lambda-medic/llm";

/// What kind of installation is wanted over a repository.
#[derive(Clone, Debug)]
pub struct CiWish {
    /// The repository, `owner/name`.
    pub repository: String,
    /// Where GitHub answers.
    pub github_api_url: String,
    /// The App that it is on GitHub.
    pub app_id: String,
    /// The App's private key, PEM.
    pub app_key: String,
    /// Whom it asks.
    pub llm: LlmServer,
}

/// A server that speaks the protocol of OpenAI.
#[derive(Clone, Eq, PartialEq)]
pub struct LlmServer {
    /// Where it answers, such as `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// The model that is asked.
    pub model: String,
    /// The key that it wants, if it wants one.
    pub key: Option<String>,
}

impl std::fmt::Debug for LlmServer {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.model, self.base_url)
    }
}

impl Installation<()> {
    /// Sets up the cloud and the stack, which acts, and shows each part as it is ready.
    pub async fn set_up_ci(
        project: &Project,
        wish: &CiWish,
        screen: &Screen,
    ) -> anyhow::Result<Self> {
        let cloud = start_cloud(project, Speed::LIFE, screen).await?;
        let config = cloud.sdk_config();
        store(&config, APP_KEY_PARAMETER, &wish.app_key).await?;
        if let Some(key) = &wish.llm.key {
            store(&config, LLM_KEY_PARAMETER, key).await?;
        }
        let parameters = Parameters {
            service_arns: Vec::new(),
            instance_arns: Vec::new(),
            ssh_key_parameter_arns: Vec::new(),
            mail_from: MAIL_FROM.to_owned(),
            mail_to: MAIL_TO.to_owned(),
            mode: Mode::Live,
            tick_schedule: None,
            playbook: None,
            ci: Ci {
                repositories: vec![wish.repository.clone()],
                settings: settings(wish),
            },
            analyst: Analyst::Absent,
            exporter: Exporter::default(),
        };
        let outputs = Box::pin(install(&cloud, project, &parameters, screen)).await?;
        Ok(Self {
            cloud,
            outputs,
            scenario: (),
        })
    }
}

fn settings(wish: &CiWish) -> BTreeMap<&'static str, String> {
    let mut settings = BTreeMap::from([
        ("GitHubApiUrl", wish.github_api_url.clone()),
        ("GitHubAppId", wish.app_id.clone()),
        ("GitHubAppKeyParameter", APP_KEY_PARAMETER.to_owned()),
        ("LlmProviders", "compatible".to_owned()),
        ("CompatibleBaseUrl", wish.llm.base_url.clone()),
        ("CompatibleModel", wish.llm.model.clone()),
    ]);
    if wish.llm.key.is_some() {
        settings.insert("CompatibleKeyParameter", LLM_KEY_PARAMETER.to_owned());
    }
    settings
}

async fn store(config: &SdkConfig, name: &str, secret: &str) -> anyhow::Result<()> {
    let stored = aws_sdk_ssm::Client::new(config)
        .put_parameter()
        .name(name)
        .r#type(ParameterType::SecureString)
        .value(secret)
        .send()
        .await;
    stored
        .map(drop)
        .with_context(|| format!("couldn't store parameter {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(key: Option<&str>) -> CiWish {
        CiWish {
            repository: "acme/shop".to_owned(),
            github_api_url: "http://127.0.0.1:1".to_owned(),
            app_id: "7".to_owned(),
            app_key: "pem".to_owned(),
            llm: LlmServer {
                base_url: "http://127.0.0.1:2/v1".to_owned(),
                model: "m".to_owned(),
                key: key.map(str::to_owned),
            },
        }
    }

    #[test]
    fn secrets_are_named_by_their_parameters_and_only_if_there_are_any() {
        let keys = |key| settings(&wish(key)).get("CompatibleKeyParameter").cloned();
        assert_eq!(keys(None), None);
        assert_eq!(keys(Some("secret")), Some(LLM_KEY_PARAMETER.to_owned()));
        let wish = wish(Some("secret"));
        assert!(
            !settings(&wish)
                .values()
                .any(|value| value == "secret" || value == "pem")
        );
        assert!(!format!("{:?}", wish.llm).contains("secret"));
    }
}
