use super::*;

#[test]
fn smoke() {
    for (name, toml) in built_in::FILES {
        let rules = parse::rules(name, toml).unwrap_or_else(|e| panic!("{e}"));
        assert!(!rules.is_empty());
    }
}
