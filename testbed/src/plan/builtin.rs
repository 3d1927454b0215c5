//! The plans that come with the testbed.

/// Every built-in plan with its name.
pub(crate) const PLANS: &[(&str, &str)] =
    &[("demo", include_str!("demo.toml")), ("nasty", include_str!("nasty.toml"))];

#[cfg(test)]
mod tests {
    use crate::plan::Plan;

    #[test]
    fn every_built_in_plan_survives_writing_and_reading() {
        for name in Plan::names() {
            let plan = Plan::named(name).expect("built in");
            let written = toml::to_string(&plan).expect("plans are plain tables");
            assert_eq!(Plan::parse(&written), Ok(plan), "{written}");
        }
    }
}
