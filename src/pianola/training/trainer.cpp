#include "pianola/training/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "pianola/base/error.hpp"
#include "pianola/base/interrupt.hpp"
#include "pianola/base/random_subset.hpp"
#include "pianola/base/spec.hpp"
#include "pianola/policies/run_folder.hpp"
#include "pianola/policies/sealed_file.hpp"
#include "pianola/training/batches.hpp"
#include "pianola/training/candidates.hpp"
#include "pianola/training/event_file.hpp"
#include "pianola/training/final_report.hpp"
#include "pianola/training/learner.hpp"
#include "pianola/training/metrics.hpp"
#include "pianola/training/run_start.hpp"
#include "pianola/training/schedule.hpp"
#include "pianola/training/starting_run.hpp"
#include "pianola/training/tabular_trainer.hpp"

namespace pianola {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kLines = 1000;         // of metrics.jsonl, about
constexpr std::uint64_t kValidations = 20;     // during a training
constexpr std::size_t kValidationRows = 8192;  // looked at each time; the final number is of all
constexpr std::size_t kScoredRows = 65536;     // between two looks at Ctrl-C

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// At most `count` of the rows.
std::vector<std::int64_t> thinned(const std::vector<std::int64_t>& rows, std::size_t count, const NoiseKey& key) {
  std::vector<std::int64_t> out;
  for (const std::size_t i : random_subset(rows.size(), count, key)) out.push_back(rows[i]);
  return out;
}

SampleOptions sample_options(const TrainConfig& config, const std::optional<StartingRun>& start) {
  return {static_cast<std::size_t>(config.history), config.validation, NoiseKey(config.seed),
          static_cast<std::size_t>(config.context), start ? start->normalisation : Normalisation{}};
}

LearnerOptions learner_options(const TrainConfig& config) {
  return {config.policy, config.weight_decay, config.gradient_clip, config.ema > 0.0, NoiseKey(config.seed)};
}

Samples samples_of(const TrainPlan& plan, const std::optional<StartingRun>& start) {
  const SampleOptions options = sample_options(plan.config, start);
  if (plan.quantizer != nullptr) return make_samples(*plan.data, *plan.quantizer, options);
  return make_action_samples(*plan.data, static_cast<std::size_t>(plan.config.chunk), options);
}

/// The vocabulary of a text; "" of other data.
std::string characters_of(const Dataset& data) {
  const auto found = data.info().attributes.find("characters");
  return found == data.info().attributes.end() ? "" : found->second;
}

class Training {
 public:
  explicit Training(const TrainPlan& plan)
      : plan_(plan),
        config_(plan.config),
        progress_(plan.progress != nullptr ? *plan.progress : no_progress()),
        start_(starting_run(plan)),
        samples_(samples_of(plan, start_)),
        learner_(samples_, learner_options(config_)),
        batches_(samples_.train, static_cast<std::size_t>(batch_size(config_)),
                 NoiseKey(config_.seed).child("batches")),
        watched_(thinned(samples_.validation, kValidationRows, NoiseKey(config_.seed).child("watched"))),
        identity_(identity_of(plan, learner_.policy_spec(), start_fingerprint())),
        stamp_{learner_.policy_spec(),
               plan.system != nullptr ? plan.system->info().spec : "",
               identity_.at("dataset_fingerprint"),
               identity_.at("quantizer_fingerprint"),
               "",
               characters_of(*plan.data),
               plan.quantizer != nullptr ? memory_columns(*plan.quantizer) : ""},
        steps_(static_cast<std::uint64_t>(config_.steps)) {
    set_training_threads(config_, learner_.parameters());
    if (start_) {
      check_starting_policy(*start_, learner_.policy_spec());
      learner_.start_from(start_->weights, start_->where);
    }
    if (const auto checkpoint = start_run(plan, learner_.policy_spec(), start_fingerprint())) resume(*checkpoint);
    metrics_ = std::make_unique<MetricsFile>(plan.run / "metrics.jsonl", done_);
    if (done_ < steps_) events_ = std::make_unique<EventFile>(plan.run, plan.resume ? done_ + 1 : 0, wall_time());
  }

  TrainResult run() {
    progress_.begin("training", steps_ - done_, "steps");
    while (done_ < steps_) {
      stop_if_interrupted();
      const StepReport report = step();
      after_step(report);
      progress_.advance(1, "loss " + std::to_string(report.loss));
    }
    progress_.end();
    return finish();
  }

 private:
  [[nodiscard]] std::string start_fingerprint() const { return start_ ? start_->fingerprint : ""; }

  void resume(const Checkpoint& checkpoint) {
    learner_.restore(checkpoint.learner);
    loss_sum_ = checkpoint.loss_sum;
    loss_count_ = checkpoint.loss_count;
    done_ = saved_ = checkpoint.learner.steps;
    resumed_from_ = checkpoint_folder(plan_.run);
  }

  void stop_if_interrupted() {
    if (!interrupt_requested()) return;
    save_checkpoint();
    throw Interrupted("training stopped at step " + std::to_string(done_) + " of " + std::to_string(steps_) +
                      "; continue it with --resume -o " + plan_.run.string());
  }

  StepReport step() {
    const Clock::time_point start = Clock::now();
    const StepReport report =
        learner_.step(batches_.rows(done_), learning_rate_at(config_, done_), ema_decay_at(config_, done_));
    seconds_ += seconds_since(start);
    if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm)) diverged(report);
    ++done_;
    ++timed_steps_;
    loss_sum_ += report.loss;
    ++loss_count_;
    return report;
  }

  [[noreturn]] void diverged(const StepReport& report) const {
    const std::string kept = saved_ > 0 ? "the checkpoint of step " + std::to_string(saved_) + " is kept in " +
                                              checkpoint_folder(plan_.run).string()
                                        : "no checkpoint was written yet";
    throw DataError("training diverged at step " + std::to_string(done_ + 1) + ": the loss is " +
                    spec_detail::format_value(report.loss) + " and the gradient's norm " +
                    spec_detail::format_value(report.gradient_norm) + "; lower learning_rate (now " +
                    spec_detail::format_value(config_.learning_rate) + ") or set gradient_clip; " + kept);
  }

  void after_step(const StepReport& report) {
    const bool validates = evenly_spaced(done_, steps_, kValidations);
    if (validates || done_ % std::max<std::uint64_t>(1, steps_ / kLines) == 0) log(report, validates);
    if (evenly_spaced(done_, steps_, static_cast<std::uint64_t>(config_.candidates))) {
      stamp_.chosen = (config_.ema > 0.0 ? "ema@" : "raw@") + std::to_string(done_);
      write_policy(candidate_file(plan_.run, done_), learner_.weights(Weights::average), stamp_);
    }
    if (done_ % static_cast<std::uint64_t>(config_.checkpoint_every) == 0 || done_ == steps_) save_checkpoint();
  }

  void log(const StepReport& report, bool validates) {
    Metrics line{{"loss", loss_sum_ / static_cast<double>(loss_count_) / static_cast<double>(samples_.chunk)},
                 {"lr", learning_rate_at(config_, done_ - 1)},
                 {"grad_norm", report.gradient_norm},
                 {"samples_per_second", samples_per_second()}};
    if (validates && !watched_.empty() && learner_.scored()) {
      line.emplace_back("validation_nll", nll_per_action(watched_, Weights::average));
      line.emplace_back("validation_nll_raw", nll_per_action(watched_, Weights::raw));
    }
    metrics_->write(done_, line);
    events_->write(done_, line, wall_time());
    loss_sum_ = 0.0;
    loss_count_ = 0;
  }

  void save_checkpoint() {
    metrics_->sync();
    write_checkpoint(plan_.run, {learner_.state(), loss_sum_, loss_count_, identity_});
    saved_ = done_;
  }

  /// A sample is a chunk; losses are reported for one of its actions.
  [[nodiscard]] double nll_per_action(std::span<const std::int64_t> rows, Weights which) const {
    return total_nll(learner_, rows, which) / static_cast<double>(samples_.actions_in(rows));
  }

  /// The same at the end, where all rows are scored: Ctrl-C is heard, and progress seen.
  std::optional<double> final_nll(std::span<const std::int64_t> rows, Weights which) {
    if (!learner_.scored()) return std::nullopt;
    double sum = 0.0;
    for (std::size_t first = 0; first < rows.size(); first += kScoredRows) {
      stop_if_interrupted();
      const auto slice = rows.subspan(first, std::min(kScoredRows, rows.size() - first));
      sum += total_nll(learner_, slice, which);
      progress_.advance(slice.size());
    }
    return sum / static_cast<double>(samples_.actions_in(rows));
  }

  [[nodiscard]] double samples_per_second() const {
    return seconds_ > 0.0 ? static_cast<double>(timed_steps_) * batch_size(config_) / seconds_ : 0.0;
  }

  TrainResult finish() {
    const Choice choice = choose_candidate(plan_);
    const TensorFile chosen = read_sealed(choice.candidate.file);
    learner_.choose(chosen, choice.candidate.file.string());
    stamp_.chosen = choice.label;
    write_policy(plan_.run / "policy.safetensors", learner_.weights(Weights::chosen), stamp_);
    TrainResult result;
    result.run = plan_.run;
    result.steps = steps_;
    progress_.begin("scoring", 2 * (samples_.scored().size() + samples_.validation.size()), "rows");
    result.train_nll = final_nll(samples_.scored(), Weights::chosen);
    result.train_nll_raw = final_nll(samples_.scored(), Weights::raw);
    if (!samples_.validation.empty()) {
      result.validation_nll = final_nll(samples_.validation, Weights::chosen);
      result.validation_nll_raw = final_nll(samples_.validation, Weights::raw);
    }
    progress_.end();
    FinalReport report = final_report(learner_, samples_, *plan_.data, plan_.quantizer.get(), Weights::chosen);
    result.bits_per_dimension = report.bits_per_dimension;
    result.outside = report.outside;
    result.atoms = report.atoms;
    result.decoded_rmse_per_dimension = std::move(report.decoded_rmse_per_dimension);
    result.samples_per_second = samples_per_second();
    result.chosen = choice.label;
    result.resumed_from = resumed_from_;
    return result;
  }

  const TrainPlan& plan_;
  const TrainConfig& config_;
  Progress& progress_;
  std::optional<StartingRun> start_;
  Samples samples_;
  Learner learner_;
  Batches batches_;
  std::vector<std::int64_t> watched_;  // held-out rows that are looked at during the training
  Identity identity_;
  PolicyStamp stamp_;
  std::uint64_t steps_, done_ = 0, saved_ = 0;
  double loss_sum_ = 0.0;  // since the last line of metrics.jsonl
  std::uint64_t loss_count_ = 0;
  double seconds_ = 0.0;  // spent in this process's steps
  std::uint64_t timed_steps_ = 0;
  std::optional<std::filesystem::path> resumed_from_;
  std::unique_ptr<MetricsFile> metrics_;
  std::unique_ptr<EventFile> events_;
};

}  // namespace

TrainResult train(const TrainPlan& plan) {
  check_plan(plan);
  const bool counts = parse_spec(plan.config.policy).name == "tabular";
  TrainResult result = counts ? train_tabular(plan) : Training(plan).run();
  if (plan.config.with_model.empty()) return result;
  result.model = train_model(model_plan_of(plan));
  return result;
}

}  // namespace pianola
