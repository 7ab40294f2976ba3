#include "pianola/base/progress.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "pianola/base/terminal_text.hpp"

namespace pianola {
namespace {

/// A progress line on a clock that the test moves.
struct Screen {
  std::vector<std::string> writes;
  double now = 100.0;
  TerminalProgress progress;

  explicit Screen(int columns = 100)
      : progress([this](const std::string& text) { writes.push_back(text); }, columns, [this] { return now; }) {}
  /// The last line drawn, without control codes.
  [[nodiscard]] std::string line() const {
    std::string text = writes.back();
    if (text.starts_with("\r\x1b[K")) text.erase(0, 4);
    if (text.ends_with("\n")) text.pop_back();
    return text;
  }
};

TEST(TerminalProgress, ShowsNameShareRateAndTimeLeft) {
  Screen screen;
  screen.progress.begin("train", 2000, "steps");
  EXPECT_EQ(screen.line(), "train · 0 % · 0 / 2,000 steps");
  screen.now += 2.0;
  screen.progress.advance(500, "loss 1.32");
  EXPECT_EQ(screen.line(), "train · 25 % · 500 / 2,000 steps · 250/s · 6.0 s left · loss 1.32");
}

TEST(TerminalProgress, EndLeavesALineWithTheTotalAndTheTime) {
  Screen screen;
  screen.progress.begin("collect", 20, "rollouts");
  screen.now += 4.0;
  screen.progress.advance(20, "");
  screen.progress.end();
  EXPECT_EQ(screen.line(), "collect · 20 rollouts in 4.0 s · 5.0/s");
  EXPECT_TRUE(screen.writes.back().ends_with("\n"));
  const std::size_t writes = screen.writes.size();
  screen.progress.end();
  screen.progress.advance(1, "");
  EXPECT_EQ(screen.writes.size(), writes) << "nothing is drawn between end and the next begin";
}

TEST(TerminalProgress, DrawsAtMostTenTimesASecond) {
  Screen screen;
  screen.progress.begin("train", 1000, "steps");
  for (int i = 0; i < 1000; ++i) {
    screen.now += 0.001;
    screen.progress.advance(1, "");
  }
  EXPECT_LE(screen.writes.size(), 11U);
  EXPECT_GE(screen.writes.size(), 9U);
}

TEST(TerminalProgress, TheRateIsThatOfTheLastMoments) {
  Screen screen;
  screen.progress.begin("train", 100000, "steps");
  for (int i = 0; i < 100; ++i) {  // 100 s at 10/s
    screen.now += 1.0;
    screen.progress.advance(10, "");
  }
  for (int i = 0; i < 60; ++i) {  // then 60 s at 1,000/s
    screen.now += 1.0;
    screen.progress.advance(1000, "");
  }
  EXPECT_NE(screen.line().find(" · 1,000/s · 39 s left"), std::string::npos) << screen.line();
}

TEST(TerminalProgress, WithoutATotalThereIsNoShare) {
  Screen screen;
  screen.progress.begin("read", 0, "rows");
  screen.now += 1.0;
  screen.progress.advance(30, "");
  EXPECT_EQ(screen.line(), "read · 30 rows · 30.0/s");
}

TEST(TerminalProgress, MoreThanTheTotalIsAllOfIt) {
  Screen screen;
  screen.progress.begin("read", 10, "rows");
  screen.now += 1.0;
  screen.progress.advance(30, "");
  EXPECT_EQ(screen.line(), "read · 100 % · 30 / 10 rows · 30.0/s");
}

TEST(TerminalProgress, ALineNeverReachesTheLastColumn) {
  for (const int columns : {0, 2, 5, 20, 40, 80}) {
    Screen screen(columns);
    screen.progress.begin("a name, with two\nlines — and ‖x‖ 日本語", 1234567, "trajectories");
    screen.now += 1.0;
    screen.progress.advance(3, "loss 0.123456789, gradient 12.5");
    screen.progress.end();
    for (const std::string& text : screen.writes) {
      EXPECT_TRUE(text.starts_with("\r\x1b[K"));
      const std::string line = text.substr(4, text.size() - 4 - (text.ends_with("\n") ? 1 : 0));
      EXPECT_LT(display_width(line), static_cast<std::size_t>(std::max(columns, 2))) << line;
      EXPECT_EQ(line.find('\n'), std::string::npos);
    }
  }
}

TEST(TerminalProgress, BeginEndsWhatWasBegun) {
  Screen screen;
  screen.progress.begin("first", 2, "steps");
  screen.progress.begin("second", 2, "steps");
  ASSERT_EQ(screen.writes.size(), 3U);
  EXPECT_TRUE(screen.writes[1].ends_with("\n"));
  EXPECT_EQ(screen.line(), "second · 0 % · 0 / 2 steps");
}

TEST(TerminalProgress, AnExceptionLeavesTheCursorOnANewLine) {
  std::string all;
  {
    TerminalProgress progress([&](const std::string& text) { all += text; });
    progress.begin("train", 10, "steps");
  }
  EXPECT_TRUE(all.ends_with("\n"));
}

TEST(TerminalProgress, CountsFromManyThreads) {
  std::string last;
  std::atomic<double> now{0.0};
  TerminalProgress progress([&](const std::string& text) { last = text; }, 100, [&] { return now.load(); });
  progress.begin("count", 40000, "units");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10000; ++i) {
        if (t == 0 && i % 1000 == 0) now = now + 0.2;
        progress.advance(1, "");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  progress.end();
  EXPECT_NE(last.find("40,000 units"), std::string::npos) << last;
}

TEST(NoProgress, TakesEverything) {
  no_progress().begin("x", 1, "y");
  no_progress().advance(1);
  no_progress().end();
}

TEST(FormatDuration, ReadsLikeAClock) {
  EXPECT_EQ(format_duration(0.0), "0 ms");
  EXPECT_EQ(format_duration(0.025), "25 ms");
  EXPECT_EQ(format_duration(0.4), "0.4 s");
  EXPECT_EQ(format_duration(9.94), "9.9 s");
  EXPECT_EQ(format_duration(9.96), "10 s");
  EXPECT_EQ(format_duration(12.2), "12 s");
  EXPECT_EQ(format_duration(59.7), "1 min 00 s");
  EXPECT_EQ(format_duration(200.0), "3 min 20 s");
  EXPECT_EQ(format_duration(3599.6), "1 h 00 min");
  EXPECT_EQ(format_duration(3720.0), "1 h 02 min");
  EXPECT_EQ(format_duration(-1.0), "?");
  EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), "?");
}

TEST(FormatCount, SeparatesThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(12345678), "12,345,678");
}

}  // namespace
}  // namespace pianola
