// pianola generate: what a policy that was trained on text or token sequences writes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "pianola/base/error.hpp"
#include "pianola/cli/options.hpp"
#include "pianola/cli/session.hpp"
#include "pianola/cli/verbs.hpp"
#include "pianola/control/generation.hpp"
#include "pianola/data/text.hpp"
#include "pianola/policies/run_folder.hpp"

namespace pianola::cli {
namespace {

struct GenerateOptions {
  std::string run, prompt;
  std::size_t tokens = 200, samples = 1, top_k = 0;
  double temperature = 1.0, top_p = 1.0;
};

/// What tokens are called: characters of a text, or numbers.
class TokenNames {
 public:
  explicit TokenNames(const LoadedRun& run)
      : characters_(run.characters.empty() ? std::vector<char32_t>()
                                           : decode_utf8(run.characters, run.folder.string() + ": its characters")) {}

  [[nodiscard]] std::vector<Token> tokens(const std::string& prompt) const {
    std::vector<Token> out;
    if (characters_.empty()) {
      for (const std::string& part : names_of(prompt)) out.push_back(parse_number<std::uint32_t>("--prompt", part));
      return out;
    }
    for (const char32_t character : decode_utf8(prompt, "--prompt")) out.push_back(token(character));
    return out;
  }

  [[nodiscard]] std::string text(const std::vector<Token>& tokens) const {
    std::string out;
    for (const Token token : tokens) {
      if (characters_.empty()) {
        out += fmt::format("{}{}", out.empty() ? "" : ",", token);
      } else {
        out += encode_utf8(characters_.at(token));
      }
    }
    return out;
  }

 private:
  [[nodiscard]] Token token(char32_t character) const {
    const auto found = std::ranges::find(characters_, character);
    if (found != characters_.end()) return static_cast<Token>(found - characters_.begin());
    throw UsageError(fmt::format("--prompt: the character '{}' was not in the text that the policy has seen",
                                 encode_utf8(character)));
  }

  std::vector<char32_t> characters_;
};

GenerationPlan plan_of(const GenerateOptions& options, const LoadedRun& run, const TokenNames& names) {
  if (run.policy == nullptr) {
    throw UsageError("generate: the policy '" + run.policy_spec + "' writes actions, not tokens");
  }
  GenerationPlan plan;
  plan.policy = run.policy;
  plan.quantizer = run.quantizer;
  const bool most_likely = options.temperature == 0.0;
  plan.decode.mode = most_likely ? DecodeMode::argmax : DecodeMode::sample;
  if (!most_likely) plan.decode.temperature = options.temperature;
  plan.decode.top_k = options.top_k;
  plan.decode.top_p = options.top_p;
  plan.prompt = names.tokens(options.prompt);
  plan.length = options.tokens;
  plan.samples = options.samples;
  return plan;
}

void run_generate(const GenerateOptions& options, Session& session) {
  session.begin();
  const LoadedRun run = load_run(options.run);
  const TokenNames names(run);
  GenerationPlan plan = plan_of(options, run, names);
  plan.key = session.key().child("generate");
  Json samples = Json::array();
  std::string text;
  for (const GeneratedSequence& sequence : generate(plan)) {
    const std::string written = names.text(sequence.tokens);
    const double each = sequence.log_probability / static_cast<double>(std::max<std::size_t>(options.tokens, 1));
    samples.push_back({{"text", written}, {"tokens", sequence.tokens}, {"log_probability_per_token", each}});
    if (!text.empty()) text += "\n";
    text += options.prompt + (run.characters.empty() ? "," : "") + written + "\n";
  }
  session.print("generate", {{"run", options.run}, {"prompt", options.prompt}, {"samples", samples}}, text);
}

}  // namespace

void add_generate(CLI::App& app, Session& session) {
  auto options = std::make_shared<GenerateOptions>();
  CLI::App* verb = app.add_subcommand("generate", "continue a text or a token sequence with a trained policy");
  add_text(*verb, "run,--run", options->run, "the run of a training on a text or on sequences", kFolder)->required();
  add_text(*verb, "--prompt", options->prompt, "what comes before: text, or numbers as 3,1,4", kName)->required();
  add_number(*verb, "--tokens", options->tokens, "how many to write", {.least = 1});
  add_number(*verb, "--samples", options->samples, "sequences, each with noise of its own", {.least = 1});
  add_number(*verb, "--temperature", options->temperature, "divides the logits; 0: always the most likely token",
             {.least = 0.0});
  add_number(*verb, "--top-k", options->top_k, "only the k most likely tokens; 0: all");
  add_number(*verb, "--top-p", options->top_p, "only the fewest most likely tokens of this probability");
  verb->footer(
      "example:\n  pianola generate runs/book --prompt \"It was \" --tokens 500 --temperature 0.8\n"
      "  pianola generate runs/sequences --prompt 3,1,4 --samples 5");
  verb->callback([options, &session] { run_generate(*options, session); });
}

}  // namespace pianola::cli
