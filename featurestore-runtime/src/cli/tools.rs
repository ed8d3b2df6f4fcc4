//! `tools`: the services as vendors of language models read them.

use clap::ValueEnum;

use super::output::print_note;
use super::{CliError, Report};
use crate::llm::{MAX_STRICT_TOOLS, Tool, ToolFormat};
use crate::registry::Registry;

/// A vendor's form, as the command line names it.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// `tools` of OpenAI's Responses, strict
    Openai,
    /// `tools` of OpenAI's Chat Completions, strict
    OpenaiChat,
    /// `tools` of Anthropic's Messages, strict
    Anthropic,
    /// `tools` of Google's Gemini
    Gemini,
    /// `tools` of the Model Context Protocol
    Mcp,
}

impl From<Format> for ToolFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Openai => Self::OpenAi,
            Format::OpenaiChat => Self::OpenAiChat,
            Format::Anthropic => Self::Anthropic,
            Format::Gemini => Self::Gemini,
            Format::Mcp => Self::Mcp,
        }
    }
}

pub(super) fn tools(
    registry: &Registry,
    services: &[String],
    format: Format,
) -> Result<Report, CliError> {
    let services = if services.is_empty() {
        registry.services().collect()
    } else {
        let named = services.iter().map(|name| registry.service(name));
        named.collect::<Result<Vec<_>, _>>()?
    };
    let tools = services.into_iter().map(Tool::new);
    let tools = tools.collect::<Result<Vec<_>, _>>()?;
    if matches!(format, Format::Anthropic) && tools.len() > MAX_STRICT_TOOLS {
        print_note(&format!(
            "note: Anthropic takes {MAX_STRICT_TOOLS} strict tools in a request, and these are {}; name the services that are needed",
            tools.len()
        ));
    }
    Report::json_only(&ToolFormat::from(format).tools(&tools))
}
