//! The published form of `analysis.json`.

use crate::analysis::Analysis;

/// The JSON Schema of an analysis, as `analysis.schema.json` has it; `None` only if it had no JSON.
pub fn schema() -> Option<String> {
    let text = serde_json::to_string_pretty(&schemars::schema_for!(Analysis)).ok()?;
    Some(text + "\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;
    use shared::outbound::Document;

    use super::*;

    fn is_update_wanted() -> bool {
        std::env::var_os("UPDATE_SCHEMA").is_some()
    }

    #[test]
    fn an_analysis_has_the_published_form() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = folder.join("analysis.schema.json");
        let current = schema().unwrap();
        if is_update_wanted() {
            std::fs::write(&path, &current).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap();
        assert_eq!(current, published, "run this test with UPDATE_SCHEMA=1");
        let published: Value = serde_json::from_str(&published).unwrap();
        let validator = jsonschema::validator_for(&published).unwrap();
        let mut count = 0;
        for entry in std::fs::read_dir(folder.join("fixtures/analyses")).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let analysis: Analysis = serde_json::from_str(&text).unwrap();
            let written = Document::json(&analysis).unwrap();
            let written: Value = serde_json::from_str(written.as_str()).unwrap();
            let faults: Vec<String> = validator
                .iter_errors(&written)
                .map(|fault| fault.to_string())
                .collect();
            assert_eq!(faults, Vec::<String>::new(), "{}", path.display());
            count += 1;
        }
        assert_eq!(count, 5);
    }

    #[test]
    fn what_is_no_analysis_has_another_form() {
        let published: Value = serde_json::from_str(&schema().unwrap()).unwrap();
        let validator = jsonschema::validator_for(&published).unwrap();
        let empty = include_str!("../fixtures/analyses/empty.json");
        let mut analysis: Value = serde_json::from_str(empty).unwrap();
        assert!(validator.is_valid(&analysis));
        analysis["verdict"]["cause"] = "the moon".into();
        assert!(!validator.is_valid(&analysis));
    }
}
