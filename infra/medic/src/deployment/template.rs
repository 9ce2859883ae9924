use anyhow::bail;

/// Where the template expects a function's package while it is not deployed.
const LOCAL_CODE: &str = "CodeUri: ../target/lambda/";

/// Where the package of a function lies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Code {
    /// The function's package in Cargo's sense, such as `alarm-playbook`.
    pub(super) function: &'static str,
    /// `s3://bucket/key`.
    pub(super) uri: String,
}

/// The template with each function's code where it was uploaded and everything else untouched.
///
/// Only the text is replaced: read and written again as YAML, what is deployed would no longer be the file under test.
pub(super) fn with_code_at(template: &str, codes: &[Code]) -> anyhow::Result<String> {
    let mut text = template.to_owned();
    for Code { function, uri } in codes {
        let local = format!("{LOCAL_CODE}{function}/");
        let found = template.lines().filter(|line| line.trim() == local).count();
        if found != 1 {
            bail!("the template must say `{local}` on exactly one line, and says it on {found}");
        }
        text = text.replace(&local, &format!("CodeUri: {uri}"));
    }
    if let Some(line) = text.lines().find(|line| line.contains(LOCAL_CODE)) {
        bail!("nothing was uploaded for `{}`", line.trim());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: &str = "CodeUri: ../target/lambda/alarm-playbook/";

    fn codes() -> [Code; 1] {
        [Code {
            function: "alarm-playbook",
            uri: "s3://artifacts/alarm-playbook.zip".to_owned(),
        }]
    }

    #[test]
    fn only_the_place_of_the_code_changes() {
        let template = format!("Handler: bootstrap\n      {LOCAL}\nTimeout: 30\n");
        assert_eq!(
            with_code_at(&template, &codes()).unwrap(),
            "Handler: bootstrap\n      CodeUri: s3://artifacts/alarm-playbook.zip\nTimeout: 30\n"
        );
    }

    #[test]
    fn a_template_with_other_code_or_the_same_twice_is_refused() {
        for (template, found) in [
            ("CodeUri: ../target/lambda/\n", 0),
            (&format!("{LOCAL}\n").repeat(2), 2),
        ] {
            assert_eq!(
                with_code_at(template, &codes()).unwrap_err().to_string(),
                format!(
                    "the template must say `{LOCAL}` on exactly one line, and says it on {found}"
                )
            );
        }
    }

    #[test]
    fn a_function_that_was_not_uploaded_is_named() {
        let template = format!("{LOCAL}\nCodeUri: ../target/lambda/other/\n");
        assert_eq!(
            with_code_at(&template, &codes()).unwrap_err().to_string(),
            "nothing was uploaded for `CodeUri: ../target/lambda/other/`"
        );
    }

    #[test]
    fn the_projects_own_template_can_be_deployed() {
        let template = include_str!("../../../template.yaml");
        let [alarm_playbook] = codes();
        let all = [
            alarm_playbook,
            Code {
                function: "ci-log-analyzer",
                uri: "s3://artifacts/ci-log-analyzer.zip".to_owned(),
            },
            Code {
                function: "incident-analyst",
                uri: "s3://artifacts/incident-analyst.zip".to_owned(),
            },
            Code {
                function: "log-exporter",
                uri: "s3://artifacts/log-exporter.zip".to_owned(),
            },
        ];
        let text = with_code_at(template, &all).unwrap();
        for Code { uri, .. } in all {
            assert!(text.contains(&format!("CodeUri: {uri}\n")), "{uri}");
        }
    }
}
