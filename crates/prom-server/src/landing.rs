//! The page for people who open the address in a browser.

use std::cmp::Reverse;
use std::fmt::Write;
use std::time::Duration;

use meterport_core::Deadline;
use meterport_prom::{Escaping, Families};
use meterport_prom_pull::ScrapeService;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How many families are shown, and how long collecting them may take.
const SHOWN: usize = 20;
const PATIENCE: Duration = Duration::from_secs(2);

/// Makes the page, one at a time: it is no way to have more collected than scrapes may.
#[derive(Debug)]
pub(crate) struct Landing {
    service: ScrapeService,
    path: String,
    turn: Semaphore,
}

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width\">\n<title>Metrics</title>\n<style>\n\
    body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 48rem; padding: 0 1rem }\n\
    table { border-collapse: collapse }\nth, td { padding: .1rem 1rem .1rem 0; text-align: left }\n\
    td.n { text-align: right; font-variant-numeric: tabular-nums }\n\
    @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd } a { color: #8bf } }\n\
    </style>\n</head>\n<body>\n";

impl Landing {
    pub(crate) fn new(service: ScrapeService, path: &str) -> Self {
        Self { service, path: path.to_owned(), turn: Semaphore::new(1) }
    }

    pub(crate) async fn page(&self) -> String {
        let mut page = HEAD.to_owned();
        let path = escaped(&self.path);
        let formats: Vec<_> = self.service.formats().iter().map(ToString::to_string).collect();
        let stats = self.service.stats();
        // Writing to a string does not fail.
        let _ = write!(
            page,
            "<h1>Metrics</h1>\n<ul>\n<li><a href=\"{path}\">{path}</a></li>\n\
             <li><a href=\"/-/healthy\">/-/healthy</a></li>\n\
             <li><a href=\"/-/ready\">/-/ready</a></li>\n</ul>\n\
             <p>meterport {}. Formats: {}. Scrapes answered: {}, failed: {}, refused: {}.</p>\n",
            env!("CARGO_PKG_VERSION"),
            escaped(&formats.join(", ")),
            stats.ok,
            stats.failed,
            stats.unavailable,
        );
        self.families(&mut page).await;
        page.push_str("</body>\n</html>\n");
        page
    }

    async fn families(&self, page: &mut String) {
        let Ok(_turn) = self.turn.try_acquire() else { return };
        let deadline = Deadline::after(Instant::now().into_std(), PATIENCE);
        let batch = match self.service.collect(deadline).await {
            Ok(batch) => batch,
            Err(error) => {
                let text = escaped(&error.to_string());
                let _ = writeln!(page, "<p>The metrics could not be collected: {text}.</p>");
                return;
            }
        };
        let families = Families::of(&batch, self.service.translation(), Escaping::AllowUtf8);
        let mut rows: Vec<_> = families
            .iter()
            .map(|family| {
                let series: usize = family.parts().iter().map(|part| part.data().len()).sum();
                (series, family)
            })
            .collect();
        rows.sort_by_key(|(series, family)| (Reverse(*series), family.name().to_owned()));
        let total: usize = rows.iter().map(|row| row.0).sum();
        let _ = write!(
            page,
            "<h2>Families with the most series</h2>\n<p>{} families, {total} series.</p>\n\
             <table>\n<tr><th>Family</th><th>Type</th><th>Series</th></tr>\n",
            rows.len(),
        );
        for (series, family) in rows.into_iter().take(SHOWN) {
            let (name, kind) = (escaped(family.name()), family.kind().as_str());
            let _ = writeln!(
                page,
                "<tr><td>{name}</td><td>{kind}</td><td class=\"n\">{series}</td></tr>"
            );
        }
        page.push_str("</table>\n");
    }
}

/// Names may hold anything.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(one),
        }
    }
    out
}
