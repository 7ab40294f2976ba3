#include "pianola/base/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <mutex>

#include "pianola/base/terminal_text.hpp"

namespace pianola {
namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr double kRateWindowSeconds = 15.0;  // the rate is that of the last moments: work may change its pace

class NoProgress final : public Progress {
 public:
  void begin(const std::string&, std::uint64_t, const std::string&) override {}
  void advance(std::uint64_t, const std::string&) override {}
  void end() override {}
};

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string format_rate(double rate) {
  if (rate >= 100.0) return format_count(static_cast<std::uint64_t>(std::min(rate + 0.5, 1e18)));
  return rate >= 1.0 ? fmt::format("{:.1f}", rate) : fmt::format("{:.2g}", rate);
}

}  // namespace

Progress& no_progress() {
  static NoProgress progress;
  return progress;
}

struct TerminalProgress::State {
  struct Sample {
    double time;
    std::uint64_t done;
  };

  std::function<void(const std::string&)> write;
  std::function<double()> clock;
  std::size_t columns = 0;
  std::mutex mutex;
  bool active = false;
  std::string what, unit, note;
  std::uint64_t total = 0, done = 0;
  double started = 0.0, drawn = 0.0;
  std::deque<Sample> recent;

  [[nodiscard]] double rate(double now) const {
    const Sample& from = recent.front();
    return now > from.time ? static_cast<double>(done - from.done) / (now - from.time) : 0.0;
  }

  [[nodiscard]] std::string line(double now) const {
    std::string text = what;
    if (total > 0) {
      const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
      text += fmt::format(" · {:.0f} % · {} / {} {}", std::floor(100.0 * share), format_count(done),
                          format_count(total), unit);
    } else {
      text += fmt::format(" · {} {}", format_count(done), unit);
    }
    if (const double speed = rate(now); speed > 0.0) {
      text += fmt::format(" · {}/s", format_rate(speed));
      if (total > done) text += " · " + format_duration(static_cast<double>(total - done) / speed) + " left";
    }
    return note.empty() ? text : text + " · " + note;
  }

  [[nodiscard]] std::string last_line(double now) const {
    const double seconds = now - started;
    std::string text = fmt::format("{} · {} {} in {}", what, format_count(done), unit, format_duration(seconds));
    if (done > 0 && seconds > 0.0) text += fmt::format(" · {}/s", format_rate(static_cast<double>(done) / seconds));
    return note.empty() ? text : text + " · " + note;
  }

  void draw(const std::string& text, const char* end) {
    // The last column stays free: some terminals wrap when it is filled.
    write("\r\x1b[K" + cut_to_width(text, columns - 1) + end);
  }

  void draw_now(double now) {
    drawn = now;
    recent.push_back({now, done});
    while (recent.size() > 2 && now - recent.front().time > kRateWindowSeconds) recent.pop_front();
    draw(line(now), "");
  }

  void finish() {
    if (!active) return;
    active = false;
    draw(last_line(clock()), "\n");
  }
};

TerminalProgress::TerminalProgress(std::function<void(const std::string&)> write, int columns,
                                   std::function<double()> clock)
    : state_(std::make_unique<State>()) {
  state_->write = std::move(write);
  state_->clock = clock ? std::move(clock) : steady_seconds;
  state_->columns = static_cast<std::size_t>(std::max(columns, 2));
}

TerminalProgress::~TerminalProgress() {
  // Work that ended by an exception: the line stays as it is, and the message begins on a new one.
  if (state_->active) state_->write("\n");
}

void TerminalProgress::begin(const std::string& what, std::uint64_t total, const std::string& unit) {
  const std::lock_guard lock(state_->mutex);
  state_->finish();
  state_->what = what;
  state_->unit = unit;
  state_->note.clear();
  state_->total = total;
  state_->done = 0;
  state_->active = true;
  state_->started = state_->clock();
  state_->recent.clear();
  state_->draw_now(state_->started);
}

void TerminalProgress::advance(std::uint64_t units, const std::string& note) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->active) return;
  state_->done += units;
  if (!note.empty()) state_->note = note;
  if (const double now = state_->clock(); now - state_->drawn >= kRedrawSeconds) state_->draw_now(now);
}

void TerminalProgress::end() {
  const std::lock_guard lock(state_->mutex);
  state_->finish();
}

std::string format_duration(double seconds) {
  if (!(seconds >= 0.0) || !std::isfinite(seconds)) return "?";
  if (seconds < 0.1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::min(seconds + 0.5, 1e15));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  const std::uint64_t minutes = (whole + 30) / 60;
  return fmt::format("{} h {:02} min", format_count(minutes / 60), minutes % 60);
}

std::string format_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace pianola
