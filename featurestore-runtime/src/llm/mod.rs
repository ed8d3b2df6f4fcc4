//! Services for large language models: as tools that a model calls, and as text of its prompt. Knows
//! the registry and the store's reads by name; nothing of HTTP, and of no protocol.

mod answer;
mod call;
mod format;
mod neutral;
mod prompt;
mod schema;
mod tool;
mod words;

pub use answer::ToolAnswer;
pub use call::CallError;
pub use format::{MAX_STRICT_TOOLS, ToolFormat};
pub use prompt::{Missing, Prompt, PromptOptions};
pub use tool::{MAX_NAME, Tool, ToolError};

use crate::service::FeatureService;

/// What a feature service is to a model: a tool, or text. Every service has it.
///
/// ```no_run
/// # mod declared { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/watched.rs")); }
/// # use declared::{WatchActivity, WatchNext};
/// # use featurestore::prelude::*;
/// # async fn example(store: FeatureStore, user: String) -> Result<(), Box<dyn std::error::Error>> {
/// use featurestore::llm::ToolFormat;
///
/// let tool = WatchNext::tool()?;
/// let definition = tool.to_json(ToolFormat::Anthropic);
/// let answer = tool.call(&store, &serde_json::json!({"user_id": "8a2f"})).await?;
///
/// let context = store.serve::<WatchNext>(&user).await?;
/// let prompt = context.to_prompt();
/// // What the recommender knows about a user:
/// // - Titles the user watched in the last 30 days: 47 titles
/// # Ok(())
/// # }
/// ```
pub trait LlmService: FeatureService {
    /// The service as a tool: what a model may call to read its features.
    ///
    /// # Errors
    ///
    /// A name that no vendor takes; see [`Tool::new`].
    fn tool() -> Result<Tool, ToolError> {
        Tool::new(Self::definition())
    }

    /// The features as text for a prompt, a line each, in declared order; see [`PromptOptions`] for
    /// what it does with values that are missing or long.
    fn to_prompt(&self) -> Prompt {
        self.to_prompt_with(&PromptOptions::new())
    }

    /// As [`to_prompt`](Self::to_prompt), with options.
    fn to_prompt_with(&self, options: &PromptOptions) -> Prompt {
        prompt::render(Self::definition(), &self.values(), options)
    }
}

impl<S: FeatureService> LlmService for S {}
