//! Whether the comparison can see what it is made for: with the run replaced by nothing it has to find rows that were kept
//! too long, with a DELETE of everything rows that were removed too early.

use super::bench::Bench;
use super::judge::{self, Wrong};
use crate::error::Error;

impl Bench<'_> {
    /// Whether wrong would be seen on that target.
    pub(super) async fn sees(&self, target: usize) -> Result<bool, Error> {
        let seeing = self.seeing.get_or_try_init(|| self.look()).await?;
        Ok(seeing.get(target).copied().unwrap_or_default())
    }

    async fn look(&self) -> Result<Vec<bool>, Error> {
        let nothing = self.wrongs("SELECT 1").await?;
        let deletes: Vec<String> = self
            .targets
            .iter()
            .map(|target| format!("DELETE FROM {}", target.sql()))
            .collect();
        let everything = self
            .wrongs(&format!(
                "SET session_replication_role = replica; {}; SET session_replication_role = origin",
                deletes.join("; ")
            ))
            .await?;
        Ok((0..self.targets.len())
            .map(|target| {
                nothing.contains(&(target, Wrong::TooLong)) && everything.contains(&(target, Wrong::TooEarly))
            })
            .collect())
    }

    async fn wrongs(&self, statement: &str) -> Result<Vec<(usize, Wrong)>, Error> {
        let mut stage = self.stage(self.zone()).await?;
        for target in 0..self.targets.len() {
            stage
                .make(target, &[self.old(target), self.young(target)])
                .await?;
        }
        let performed = stage.perform_as(None, statement).await?;
        stage.end().await?;
        Ok(judge::of(self, &performed)
            .faults
            .iter()
            .filter_map(|fault| Some((fault.target?, fault.wrong)))
            .collect())
    }
}
