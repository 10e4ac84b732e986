// SPDX-License-Identifier: Apache-2.0
#include "compare/reports.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "compare/svg.hpp"
#include "unit/compare/sample_results.hpp"

namespace shallop::compare {
namespace {

size_t count_of(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(TerminalReport, HasARowForEachVariant) {
  const Results results = sample_results({0.8, 0.8, 0.8});
  const std::string text = terminal_report(summarise(results), false);
  EXPECT_NE(text.find("  shallop-native, bare         800"), std::string::npos) << text;
  EXPECT_NE(text.find("80.0 % (80.0-80.0)"), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(terminal_report(summarise(results), true).find('\x1b'), std::string::npos);
}

TEST(MarkdownReport, HasTablesThatAreTables) {
  const Results results = sample_results({0.8, 0.8, 0.8});
  const std::string text = markdown_report(summarise(results));
  EXPECT_NE(text.find("# A \\<sample\\> & more\n"), std::string::npos);
  EXPECT_NE(text.find("## `/`, 8 connections\n\n| variant | requests/s |"), std::string::npos);
  EXPECT_NE(text.find("| shallop-native, bare | 800 |"), std::string::npos) << text;
}

TEST(Reports, HaveASectionForEachPlace) {
  Results results = sample_results({0.8, 0.8, 0.8});
  add_container(results, 0.9);
  const Summary summary = summarise(results);
  const std::string terminal = terminal_report(summary, false);
  EXPECT_NE(terminal.find("/, 8 connections, on the machine itself\n"), std::string::npos) << terminal;
  EXPECT_NE(terminal.find("/, 8 connections, in docker, host network\n"), std::string::npos) << terminal;
  EXPECT_NE(terminal.find("90.0 % (90.0-90.0)"), std::string::npos) << terminal;
  const std::string markdown = markdown_report(summary);
  EXPECT_NE(markdown.find("### In docker, host network\n\n| variant | requests/s | 95 % | of native | of bare |"),
            std::string::npos)
      << markdown;
  const std::string html = html_report(summary);
  EXPECT_NE(html.find("<h3>in docker, host network</h3>"), std::string::npos);
  EXPECT_EQ(count_of(html, "<svg"), 12U);
}

TEST(Reports, SayOnceWhyAPlaceWasLeftOut) {
  Results results = sample_results({0.8, 0.8, 0.8});
  add_container(results, 0.9);
  for (VariantResult& each : results.variants) {
    if (each.place == "bare") continue;
    each.optional = true;
    each.unavailable = "docker is not on the PATH";
  }
  const Summary summary = summarise(results);
  EXPECT_TRUE(is_whole(summary));
  const std::string text = terminal_report(summary, false);
  EXPECT_EQ(count_of(text, "docker is not on the PATH"), 1U) << text;
  EXPECT_NE(text.find("! Nothing was measured in docker, host network (optional): docker is not on the PATH."),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("not measured  "), std::string::npos) << text;
  results.variants.back().optional = false;
  EXPECT_FALSE(is_whole(summarise(results)));
}

TEST(Reports, LeaveOutPlacesThatALoadIsNotFor) {
  Results results = sample_results({0.8, 0.8, 0.8});
  add_container(results, 0.9);
  results.loads.front().places = {"bare"};
  EXPECT_EQ(terminal_report(summarise(results), false).find("/, 8 connections, in docker"), std::string::npos);
}

TEST(HtmlReport, NeedsNothingElse) {
  const Results results = sample_results({0.8, 0.8, 0.8});
  const std::string html = html_report(summarise(results));
  EXPECT_EQ(html.find("http:"), std::string::npos);
  EXPECT_EQ(html.find("https:"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos);
  EXPECT_EQ(count_of(html, "<svg"), 6U);
  EXPECT_EQ(count_of(html, "<svg"), count_of(html, "</svg>"));
  EXPECT_LT(html.size(), 150'000U);
}

// A title, a path or a server's last words can hold anything.
TEST(HtmlReport, KeepsTextsFromBecomingMarkup) {
  Results results = sample_results({0.8, 0.8, 0.8});
  results.variants[1].command = {"</script><script>alert(1)</script>"};
  results.runs[1].failure = "<img onerror=x>";
  const std::string html = html_report(summarise(results));
  EXPECT_NE(html.find("A &lt;sample&gt; &amp; more"), std::string::npos);
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
}

TEST(HtmlReport, OfNothingMeasuredIsStillAPage) {
  Results results = sample_results({1});
  results.runs.clear();
  for (VariantResult& each : results.variants) each.unavailable = "it is missing";
  const std::string html = html_report(summarise(results));
  EXPECT_NE(html.find("it is missing"), std::string::npos);
  EXPECT_EQ(count_of(html, "<svg"), 0U);
}

TEST(Results, AreReadAsTheyWereWritten) {
  const Results results = sample_results({0.8, 0.9});
  const std::string path = testing::TempDir() + "/compare_results.json";
  ASSERT_TRUE(write_file(path, to_text(results)));
  const auto read = read_results(path);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(to_text(*read), to_text(results));
}

TEST(Results, OfAnotherKindAreRefused) {
  const std::string path = testing::TempDir() + "/compare_no_results.json";
  std::ofstream(path) << "{\"schema\": 2}";
  EXPECT_EQ(read_results(path).error(), path + ": its schema is 2; this version reads 1");
  std::ofstream(path) << "hello";
  EXPECT_EQ(read_results(path).error().find(path + ": it is no report of shallop compare"), 0U);
  EXPECT_EQ(read_results("/nonexistent.json").error(),
            "/nonexistent.json: there is no such file, or it cannot be read");
}

TEST(Svg, EscapesNames) { EXPECT_EQ(escaped_html("a<b>&\"c"), "a&lt;b&gt;&amp;&quot;c"); }

}  // namespace
}  // namespace shallop::compare
