//! Where attempts are made: clones of one world, sessions on them, and who acts.

use tokio::sync::OnceCell;

use super::attempt::{Attempt, Look, Verdict};
use super::frozen::Frozen;
use super::levers::Pulled;
use super::ownership::Owners;
use super::privileges::Privileges;
use crate::catalog::Catalog;
use crate::contract::Isolation;
use crate::database::Database;
use crate::error::Error;
use crate::prove::actor::Actor;
use crate::prove::session::Session;
use crate::rows::World;
use crate::sql::{identifier, qualified};

/// Everything that an attempt needs.
pub(super) struct Bench<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) owners: &'a Owners,
    pub(super) isolation: &'a Isolation,
    pub(super) world: World,
    /// Of A, who attacks, B, who is attacked, and whoever else there is.
    pub(super) identities: Vec<String>,
    pub(super) attacker: Actor,
    pub(super) victim: Actor,
    /// What A must not write and see; what B must not; what nobody must.
    pub(super) frozen: Frozen,
    pub(super) victims: Frozen,
    pub(super) nobodys: Frozen,
    /// What the attacker's role has been granted.
    pub(super) privileges: Privileges,
    /// The world that clones are made of; nobody is connected to it.
    pristine: Database,
    /// A clone to attack, and the superuser's session on it that attempts run in.
    database: Database,
    pub(super) session: Session,
    unguarded: OnceCell<Ground>,
    untriggered: OnceCell<Ground>,
    /// What came of every row that the attacker could write and every function that it could call.
    pub(super) pulled: OnceCell<Vec<Pulled>>,
}

/// A clone with some of its defences gone, to show that an attempt could have worked.
struct Ground {
    session: Session,
    _database: Database,
}

/// What a bench is made from.
pub(super) struct Parts<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) owners: &'a Owners,
    pub(super) isolation: &'a Isolation,
    pub(super) world: World,
    pub(super) identities: Vec<String>,
    pub(super) actors: [Actor; 2],
    pub(super) pristine: Database,
}

impl<'a> Bench<'a> {
    pub(super) async fn new(parts: Parts<'a>) -> Result<Self, Error> {
        let Parts {
            catalog,
            owners,
            isolation,
            world,
            identities,
            actors: [attacker, victim],
            pristine,
        } = parts;
        let database = pristine.duplicate().await?;
        let session = Session::open(&database).await?;
        let attacker = attacker.with_settings(&session, pristine.name()).await?;
        let victim = victim.with_settings(&session, pristine.name()).await?;
        let compute = |attacker| Frozen::compute(&session, catalog, owners, attacker, &identities);
        let frozen = compute(identities.first().map(String::as_str)).await?;
        let victims = compute(identities.get(1).map(String::as_str)).await?;
        let nobodys = compute(None).await?;
        let privileges = Privileges::read(&session, attacker.effective()).await?;
        Ok(Self {
            catalog,
            owners,
            isolation,
            world,
            identities,
            attacker,
            victim,
            frozen,
            victims,
            nobodys,
            privileges,
            pristine,
            database,
            session,
            unguarded: OnceCell::new(),
            untriggered: OnceCell::new(),
            pulled: OnceCell::new(),
        })
    }

    /// What that actor must not write and see.
    pub(super) fn frozen(&self, actor: &Actor) -> &Frozen {
        if actor.nobody {
            &self.nobodys
        } else if actor.context == self.victim.context && actor.effective() == self.victim.effective() {
            &self.victims
        } else {
            &self.frozen
        }
    }

    /// A new backend on the attacked clone, on which no context was ever set.
    pub(super) async fn fresh_session(&self) -> Result<Session, Error> {
        Session::open(&self.database).await
    }

    /// The server's major version.
    pub(super) fn major(&self) -> u16 {
        self.pristine.template().server().version().major
    }

    /// The name of the database that the migrations made.
    pub(super) fn database_name(&self) -> &str {
        self.pristine.name()
    }

    /// The world once more, for whoever commits.
    pub(super) async fn own_clone(&self) -> Result<Database, Error> {
        self.pristine.duplicate().await
    }

    /// Tries it.
    pub(super) async fn attempt(&self, attempt: &Attempt) -> Result<Verdict, Error> {
        attempt.judge(&self.session, self.frozen(&attempt.actor)).await
    }

    /// Looks at each in a world with and without what the actor must not see.
    pub(super) async fn sweep(
        &self,
        actor: &Actor,
        steps: &[String],
        looks: &[Look],
    ) -> Result<Option<Vec<Verdict>>, Error> {
        super::attempt::sweep(&self.session, self.frozen(actor), actor, &[], steps, looks).await
    }

    /// Whether the attempt would be seen to work if nothing stood in its way: with row level security off and
    /// everything granted, without triggers and rules as well, or (what is read) for the one whose rows they are.
    pub(super) async fn would_show(&self, attempt: &Attempt) -> Result<bool, Error> {
        let frozen = self.frozen(&attempt.actor);
        if attempt
            .judge(&self.unguarded().await?.session, frozen)
            .await?
            .is_leak()
        {
            return Ok(true);
        }
        if attempt
            .judge(&self.untriggered().await?.session, frozen)
            .await?
            .is_leak()
        {
            return Ok(true);
        }
        if !attempt.is_reading() || attempt.actor.nobody {
            return Ok(false);
        }
        let owner = Attempt {
            actor: self.victim.clone(),
            ..attempt.clone()
        };
        Ok(owner.judge(&self.session, &self.frozen).await?.is_leak())
    }

    /// The same with row level security off and everything granted.
    pub(super) async fn sweep_unguarded(
        &self,
        actor: &Actor,
        steps: &[String],
        looks: &[Look],
    ) -> Result<Option<Vec<Verdict>>, Error> {
        let session = &self.unguarded().await?.session;
        super::attempt::sweep(session, self.frozen(actor), actor, &[], steps, looks).await
    }

    /// Whether the statement gives any row with row level security off and everything granted.
    pub(super) async fn shows_unguarded(&self, attempt: &Attempt) -> Result<bool, Error> {
        let session = &self.unguarded().await?.session;
        session.run("BEGIN").await?;
        let entered = session.send(&attempt.actor.enter()).await?;
        let seen = session.send(&attempt.last).await?;
        session.run("ROLLBACK").await?;
        Ok(!entered.is_refused() && !seen.is_refused() && !seen.rows.is_empty())
    }

    async fn unguarded(&self) -> Result<&Ground, Error> {
        self.unguarded
            .get_or_try_init(|| self.ground(self.without_row_security()))
            .await
    }

    async fn untriggered(&self) -> Result<&Ground, Error> {
        let statements = || {
            let mut statements = self.without_row_security();
            statements.extend(
                self.tables()
                    .map(|name| format!("ALTER TABLE {name} DISABLE TRIGGER ALL")),
            );
            for relation in self
                .catalog
                .relations
                .iter()
                .filter(|relation| relation.kind.is_table())
            {
                let name = qualified(&relation.name.schema, &relation.name.name);
                let rules = relation.rules.iter();
                statements
                    .extend(rules.map(|rule| format!("DROP RULE {} ON {name}", identifier(&rule.name))));
            }
            statements
        };
        self.untriggered
            .get_or_try_init(|| self.ground(statements()))
            .await
    }

    async fn ground(&self, statements: Vec<String>) -> Result<Ground, Error> {
        let database = self.own_clone().await?;
        let session = Session::open(&database).await?;
        session.run(&statements.join(";\n")).await?;
        Ok(Ground {
            session,
            _database: database,
        })
    }

    fn tables(&self) -> impl Iterator<Item = String> {
        let tables = self
            .catalog
            .relations
            .iter()
            .filter(|relation| relation.kind.is_table());
        tables.map(|relation| qualified(&relation.name.schema, &relation.name.name))
    }

    fn without_row_security(&self) -> Vec<String> {
        let mut statements: Vec<String> = self
            .tables()
            .map(|name| format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"))
            .collect();
        for schema in &self.catalog.schemas {
            let name = identifier(&schema.name);
            statements.push(format!("GRANT USAGE ON SCHEMA {name} TO PUBLIC"));
            for objects in ["TABLES", "SEQUENCES", "ROUTINES"] {
                statements.push(format!("GRANT ALL ON ALL {objects} IN SCHEMA {name} TO PUBLIC"));
            }
        }
        statements
    }
}
