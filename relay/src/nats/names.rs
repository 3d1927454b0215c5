//! NAMES: of the subjects, streams and buckets of a tenant.

use crate::core::{HostName, Name};

/// What everything of one tenant is called. Two tenants share nothing but the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    tenant: Name,
}

/// What a message on a subject of one conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An activity that was delivered.
    Activity,
    /// Something to be sent.
    Post,
    /// The news, without its text, that a post was stored.
    Queued,
    /// What became of a post.
    Outcome,
    /// A request to the application for a token.
    Credentials,
}

impl Names {
    /// The names of `tenant`.
    #[must_use]
    pub fn new(tenant: Name) -> Names {
        Names { tenant }
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Name {
        &self.tenant
    }

    /// Where messages of one kind of one conversation are.
    #[must_use]
    pub fn subject(&self, conversation: &Name, kind: Kind) -> String {
        format!("directline.{}.{conversation}.{}", self.tenant, kind.word())
    }

    /// Where messages of one kind are, of all conversations.
    #[must_use]
    pub fn all(&self, kind: Kind) -> String {
        format!("directline.{}.*.{}", self.tenant, kind.word())
    }

    /// The conversation of a message of one kind, if it is one.
    #[must_use]
    pub fn conversation(&self, subject: &str, kind: Kind) -> Option<Name> {
        let rest = subject.strip_prefix("directline.")?.strip_prefix(self.tenant.as_str())?;
        let (name, word) = rest.strip_prefix('.')?.split_once('.')?;
        if word == kind.word() { Name::new(name).ok() } else { None }
    }

    /// Where relays are told what to do.
    #[must_use]
    pub fn control(&self) -> String {
        format!("directline.{}.control", self.tenant)
    }

    /// Where relays say what is wrong with what they got.
    #[must_use]
    pub fn fault(&self) -> String {
        format!("directline.{}.fault", self.tenant)
    }

    /// A stream or bucket.
    #[must_use]
    pub fn store(&self, what: &str) -> String {
        format!("directline_{}_{what}", self.tenant)
    }

    /// What `host` is called where a NATS lists its connections.
    #[must_use]
    pub fn connection(&self, host: &HostName) -> String {
        format!("directline-relay {} {host}", self.tenant)
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Activity => "activity",
            Kind::Post => "post",
            Kind::Queued => "queued",
            Kind::Outcome => "outcome",
            Kind::Credentials => "credentials",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_says_whose_it_is_and_nothing_else_does() {
        let names = Names::new(Name::new("acme").expect("a name"));
        let name = Name::new("a=2Eb").expect("a name");
        let subject = names.subject(&name, Kind::Activity);
        assert_eq!(subject, "directline.acme.a=2Eb.activity");
        assert_eq!(names.conversation(&subject, Kind::Activity), Some(name));
        assert_eq!(names.conversation(&subject, Kind::Post), None);
        for foreign in [
            "directline.acme.activity",
            "directline.acme..activity",
            "directline.acme.a.b.activity",
            "directline.acme.a|b.activity",
            "directline.acmes.a.activity",
            "directline.other.a.activity",
            "x.acme.a.activity",
        ] {
            assert_eq!(names.conversation(foreign, Kind::Activity), None, "{foreign}");
        }
    }
}
