//! Region names as CloudWatch has written them over the years, to region codes.

use super::arn::is_region;

/// A word by which each region's name can be told, letters only and in lower case, longer names first where one
/// contains the other. Source: AWS general reference, "Service endpoints"; older forms from real messages
/// (`US - N. Virginia`, `US East (N. Virginia)`, `EU - Ireland`, `EU (Ireland)`, `Europe (Ireland)`).
const REGIONS: [(&str, &str); 40] = [
    ("govcloudusw", "us-gov-west-1"),
    ("govclouduse", "us-gov-east-1"),
    ("govcloud", "us-gov-west-1"),
    ("virginia", "us-east-1"),
    ("ohio", "us-east-2"),
    ("california", "us-west-1"),
    ("oregon", "us-west-2"),
    ("calgary", "ca-west-1"),
    ("canada", "ca-central-1"),
    ("mexico", "mx-central-1"),
    ("paulo", "sa-east-1"),
    ("ireland", "eu-west-1"),
    ("london", "eu-west-2"),
    ("paris", "eu-west-3"),
    ("frankfurt", "eu-central-1"),
    ("zurich", "eu-central-2"),
    ("stockholm", "eu-north-1"),
    ("milan", "eu-south-1"),
    ("spain", "eu-south-2"),
    ("tokyo", "ap-northeast-1"),
    ("seoul", "ap-northeast-2"),
    ("osaka", "ap-northeast-3"),
    ("singapore", "ap-southeast-1"),
    ("sydney", "ap-southeast-2"),
    ("jakarta", "ap-southeast-3"),
    ("melbourne", "ap-southeast-4"),
    ("malaysia", "ap-southeast-5"),
    ("newzealand", "ap-southeast-6"),
    ("thailand", "ap-southeast-7"),
    ("hongkong", "ap-east-1"),
    ("taipei", "ap-east-2"),
    ("mumbai", "ap-south-1"),
    ("hyderabad", "ap-south-2"),
    ("bahrain", "me-south-1"),
    ("uae", "me-central-1"),
    ("telaviv", "il-central-1"),
    ("capetown", "af-south-1"),
    ("beijing", "cn-north-1"),
    ("ningxia", "cn-northwest-1"),
    ("germany", "eusc-de-east-1"),
];

/// The code of the region that a message's `Region` names, in whichever way.
pub(super) fn code(name: &str) -> Option<String> {
    let lower = name.trim().to_lowercase();
    if is_region(&lower) {
        return Some(lower);
    }
    let letters: String = lower.chars().filter(char::is_ascii_alphabetic).collect();
    let named = REGIONS.iter().find(|(word, _)| letters.contains(word));
    named.map(|(_, code)| (*code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(code(name).as_deref(), expected, "{name}");
    }

    #[test]
    fn names_of_all_ages_are_understood() {
        check("US - N. Virginia", Some("us-east-1"));
        check("US East - N. Virginia", Some("us-east-1"));
        check("US East (N. Virginia)", Some("us-east-1"));
        check("US-East-2", Some("us-east-2"));
        check("AsiaPacific (Seoul)", Some("ap-northeast-2"));
        check("EU - Ireland", Some("eu-west-1"));
        check("Europe (Ireland)", Some("eu-west-1"));
        check("South America (São Paulo)", Some("sa-east-1"));
        check("Canada (Central)", Some("ca-central-1"));
        check("Canada West (Calgary)", Some("ca-west-1"));
        check("AWS GovCloud (US)", Some("us-gov-west-1"));
        check("AWS GovCloud (US-East)", Some("us-gov-east-1"));
    }

    #[test]
    fn what_names_no_region_is_none() {
        check("EXAMPLE", None);
        check("", None);
        check("REGION", None);
    }
}
