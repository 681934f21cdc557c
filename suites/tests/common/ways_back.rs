//! Each way back, looked at alone.

use pgproof::Project;
use pgproof::catalog::Catalog;

/// `apply/down` goes all the way down and up again, where what one way back leaves behind is dropped by the next. Here each
/// migration and its way back have to give what was there before it.
pub(crate) async fn each_leads_back(project: &Project) {
    let mut before: Option<Catalog> = None;
    for migration in project.migrations() {
        let file = &migration.up.path;
        let through = project.clone().through(file.as_str()).unwrap();
        let database = through.database().await.unwrap();
        let after = database.catalog().await.unwrap();
        if let Some(before) = before {
            database.run(migration.down.as_ref().unwrap()).await.unwrap();
            let there = database.catalog().await.unwrap();
            assert_eq!(there.differences(&before), [], "after the way back of {file}");
        }
        before = Some(after);
    }
}
