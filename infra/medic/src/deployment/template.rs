use anyhow::bail;

/// Where the template expects the function's package while it is not deployed.
const LOCAL_CODE: &str = "CodeUri: ../target/lambda/alarm-playbook/";

/// The template with the function's code at `uri` (`s3://bucket/key`) and everything else untouched.
///
/// Only the text is replaced: read and written again as YAML, what is deployed would no longer be the file under test.
pub(super) fn with_code_at(template: &str, uri: &str) -> anyhow::Result<String> {
    let is_code = |line: &&str| line.trim() == LOCAL_CODE;
    let found = template.lines().filter(is_code).count();
    if found != 1 {
        bail!("the template must say `{LOCAL_CODE}` on exactly one line, and says it on {found}");
    }
    Ok(template.replace(LOCAL_CODE, &format!("CodeUri: {uri}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str = "s3://artifacts/alarm-playbook.zip";

    #[test]
    fn only_the_place_of_the_code_changes() {
        let template =
            "Handler: bootstrap\n      CodeUri: ../target/lambda/alarm-playbook/\nTimeout: 30\n";
        assert_eq!(
            with_code_at(template, URI).unwrap(),
            "Handler: bootstrap\n      CodeUri: s3://artifacts/alarm-playbook.zip\nTimeout: 30\n"
        );
    }

    #[test]
    fn a_template_with_other_code_or_the_same_twice_is_refused() {
        for (template, found) in [
            ("CodeUri: ../target/lambda/\n", 0),
            (&format!("{LOCAL_CODE}\n").repeat(2), 2),
        ] {
            assert_eq!(
                with_code_at(template, URI).unwrap_err().to_string(),
                format!(
                    "the template must say `CodeUri: ../target/lambda/alarm-playbook/` on exactly one line, and says it on {found}"
                )
            );
        }
    }

    #[test]
    fn the_projects_own_template_can_be_deployed() {
        let template = include_str!("../../../template.yaml");
        assert!(
            with_code_at(template, URI)
                .unwrap()
                .contains("CodeUri: s3://artifacts/alarm-playbook.zip\n")
        );
    }
}
