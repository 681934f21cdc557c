//! Privileges: what is granted on an object, in one form whatever the server's version and the way it was granted.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::name::readable;

/// What one role may do with an object, as granted by one other.
///
/// Defaults are said like grants, so that an object whose access list is empty and one whose list spells out the
/// default are the same. The owner's full set is left out; of an owner who gave up a part, what is left is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The role; `None` is PUBLIC.
    pub grantee: Option<String>,
    /// Who granted it, where that is not the object's owner.
    #[serde(default)]
    pub grantor: Option<String>,
    /// Whether the role may grant it on.
    pub grantable: bool,
    /// Sorted; only `ALL` where it is everything that this server has for such an object, so that MAINTAIN, which came
    /// with 17, makes no difference. Empty only for an owner who gave up everything.
    pub privileges: Vec<String>,
    /// What is missing where `privileges` is `ALL`, sorted: GRANT ALL and REVOKE TRUNCATE leave `ALL but TRUNCATE` on
    /// every version. Before 17 that can't be told from six privileges granted one by one.
    #[serde(default)]
    pub except: Vec<String>,
}

impl Grant {
    /// Whether the grant includes a privilege, by its name in SQL.
    #[must_use]
    pub fn allows(&self, privilege: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case(privilege));
        named(&self.privileges) || (self.privileges == ["ALL"] && !named(&self.except))
    }
}

/// `SELECT, INSERT to app_user`.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let privileges = if self.privileges.is_empty() {
            "NONE".to_owned()
        } else {
            self.privileges.join(", ")
        };
        let except = if self.except.is_empty() {
            String::new()
        } else {
            format!(" but {}", self.except.join(", "))
        };
        write!(
            f,
            "{privileges}{except} to {}",
            self.grantee.as_deref().map_or("PUBLIC".to_owned(), readable)
        )?;
        if self.grantable {
            write!(f, " with grant option")?;
        }
        if let Some(grantor) = &self.grantor {
            write!(f, " granted by {}", readable(grantor))?;
        }
        Ok(())
    }
}

/// The kinds of object whose privileges differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grantable {
    Relation,
    Column,
    Sequence,
    Function,
    Type,
    Schema,
    Database,
    Language,
    Parameter,
    #[serde(rename = "foreign data wrapper")]
    ForeignDataWrapper,
    #[serde(rename = "foreign server")]
    ForeignServer,
    #[serde(rename = "large object")]
    LargeObject,
}

impl Grantable {
    /// Every privilege that a server of this version number (`150018`) has for such an object.
    fn all(self, version: u32) -> &'static [&'static str] {
        match self {
            Self::Relation if version >= 170_000 => &[
                "SELECT",
                "INSERT",
                "UPDATE",
                "DELETE",
                "TRUNCATE",
                "REFERENCES",
                "TRIGGER",
                "MAINTAIN",
            ],
            Self::Relation => &[
                "SELECT",
                "INSERT",
                "UPDATE",
                "DELETE",
                "TRUNCATE",
                "REFERENCES",
                "TRIGGER",
            ],
            Self::Column => &["SELECT", "INSERT", "UPDATE", "REFERENCES"],
            Self::Sequence => &["SELECT", "UPDATE", "USAGE"],
            Self::Function => &["EXECUTE"],
            Self::Type | Self::Language | Self::ForeignDataWrapper | Self::ForeignServer => &["USAGE"],
            Self::Schema => &["USAGE", "CREATE"],
            Self::Database => &["CREATE", "TEMPORARY", "CONNECT"],
            Self::Parameter => &["SET", "ALTER SYSTEM"],
            Self::LargeObject => &["SELECT", "UPDATE"],
        }
    }

    /// What PUBLIC may do where nothing was granted.
    fn public(self) -> &'static [&'static str] {
        match self {
            Self::Function => &["EXECUTE"],
            Self::Type | Self::Language => &["USAGE"],
            Self::Database => &["CONNECT", "TEMPORARY"],
            _ => &[],
        }
    }

    /// The grants where the access list is left to its default.
    pub(super) fn by_default(self, version: u32) -> Vec<Grant> {
        if self.public().is_empty() {
            return Vec::new();
        }
        let privileges = self.public().iter().map(|&name| name.to_owned()).collect();
        vec![self.normal(
            Grant {
                grantee: None,
                grantor: None,
                grantable: false,
                privileges,
                except: Vec::new(),
            },
            version,
        )]
    }

    /// The grant with its privileges sorted, and said as ALL where they are all.
    fn normal(self, mut grant: Grant, version: u32) -> Grant {
        let mut missing: Vec<&str> = self
            .all(version)
            .iter()
            .copied()
            .filter(|privilege| !grant.allows(privilege))
            .collect();
        // Nobody grants REFERENCES or TRIGGER beside three others by name: that is what is left of ALL.
        let rest_of_all = self == Self::Relation
            && missing.len() <= 2
            && !missing.contains(&"MAINTAIN")
            && !(missing.contains(&"REFERENCES") && missing.contains(&"TRIGGER"));
        if missing.is_empty() || rest_of_all {
            missing.sort_unstable();
            grant.except = missing.into_iter().map(str::to_owned).collect();
            grant.privileges = vec!["ALL".to_owned()];
        }
        grant.privileges.sort_unstable();
        grant
    }

    /// The grants of a list that is not left to its default.
    ///
    /// `owner_has_all` is false where a list adds to another, as columns' and a schema's default privileges do: an
    /// owner who is missing there has lost nothing.
    pub(super) fn listed(
        self,
        entries: Vec<Grant>,
        owner: &str,
        owner_has_all: bool,
        version: u32,
    ) -> Vec<Grant> {
        let of_owner = |grant: &Grant| grant.grantee.as_deref() == Some(owner);
        let mut grants: Vec<Grant> = entries
            .into_iter()
            .map(|grant| self.normal(grant, version))
            .collect();
        if owner_has_all {
            if !grants.iter().any(of_owner) && self != Self::Parameter {
                let grantee = Some(owner.to_owned());
                grants.push(Grant {
                    grantee,
                    grantor: None,
                    grantable: false,
                    privileges: Vec::new(),
                    except: Vec::new(),
                });
            }
            grants
                .retain(|grant| !(of_owner(grant) && grant.privileges == ["ALL"] && grant.except.is_empty()));
        }
        for grant in &mut grants {
            grant.grantor = grant.grantor.take().filter(|grantor| grantor != owner);
        }
        grants.sort();
        grants
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(grantee: &str, privileges: &[&str]) -> Grant {
        Grant {
            grantee: Some(grantee.to_owned()),
            grantor: Some("boss".to_owned()),
            grantable: false,
            privileges: privileges.iter().map(|&name| name.to_owned()).collect(),
            except: Vec::new(),
        }
    }

    fn texts(grants: &[Grant]) -> Vec<String> {
        grants.iter().map(Grant::to_string).collect()
    }

    const SEVEN: [&str; 7] = [
        "INSERT",
        "SELECT",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "REFERENCES",
        "TRIGGER",
    ];

    #[test]
    fn a_full_set_is_all_on_every_version_and_all_but_maintain_is_not() {
        let eight = [&SEVEN[..], &["MAINTAIN"]].concat();
        let print = |privileges: &[&str], version| {
            texts(&Grantable::Relation.listed(
                vec![entry("boss", &eight), entry("app", privileges)],
                "boss",
                true,
                version,
            ))
        };
        assert_eq!(print(&SEVEN, 150_018), ["ALL to app"]);
        assert_eq!(print(&eight, 170_000), ["ALL to app"]);
        assert_eq!(
            print(&SEVEN, 170_000),
            ["DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE to app"]
        );
    }

    #[test]
    fn what_is_left_of_all_is_the_same_with_and_without_maintain_and_lists_are_lists() {
        let print =
            |privileges: &[&str], version| Grantable::Relation.normal(entry("app", privileges), version);
        let (old, new) = (
            print(&SEVEN[1..], 150_018),
            print(&[&SEVEN[1..], &["MAINTAIN"]].concat(), 170_000),
        );
        assert_eq!(old, new);
        assert_eq!(old.to_string(), "ALL but INSERT to app granted by boss");
        assert!(old.allows("select") && !old.allows("insert"));
        for listed in [&SEVEN[..4], &SEVEN[..5]] {
            assert_eq!(print(listed, 150_018), print(listed, 170_000));
            assert!(print(listed, 150_018).except.is_empty());
        }
    }

    #[test]
    fn a_list_that_spells_out_the_default_is_the_default() {
        let public = Grant {
            grantee: None,
            ..entry("", &["EXECUTE"])
        };
        let listed =
            Grantable::Function.listed(vec![entry("boss", &["EXECUTE"]), public], "boss", true, 150_018);
        assert_eq!(listed, Grantable::Function.by_default(150_018));
    }

    #[test]
    fn an_owner_who_gave_up_everything_is_said_to_have_none() {
        assert_eq!(
            texts(&Grantable::Relation.listed(vec![], "boss", true, 150_018)),
            ["NONE to boss"]
        );
        assert_eq!(
            texts(&Grantable::Column.listed(vec![], "boss", false, 150_018)),
            Vec::<String>::new()
        );
    }
}
