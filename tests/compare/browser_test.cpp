// SPDX-License-Identifier: Apache-2.0
// The HTML report as a browser has it. A script that the test adds to the page writes what it finds into an element,
// and
// --dump-dom prints the page with it.
#include <gtest/gtest.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include "cli/process.hpp"
#include "compare/reports.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::compare {
namespace {

constexpr const char* chromium = "/usr/bin/chromium";

constexpr std::string_view probe = R"(<pre id="found"></pre><script>
const charts = [...document.querySelectorAll('svg')];
const ratioText = document.querySelector('table tbody td');
document.getElementById('found').textContent = 'FOUND' + JSON.stringify({
  charts: charts.length,
  empty: charts.filter((each) => each.getBBox().width < 100 || each.getBBox().height < 20).length,
  outside: [...document.querySelectorAll('svg text')].filter((each) => {
    const box = each.getBBox(), view = each.ownerSVGElement.viewBox.baseVal;
    return box.x < -1 || box.x + box.width > view.width + 1 || box.y + box.height > view.height + 1;
  }).map((each) => each.textContent),
  ground: getComputedStyle(document.body).backgroundColor,
  ink: getComputedStyle(document.body).color,
  buttons: document.querySelectorAll('th button').length,
  width: document.documentElement.scrollWidth,
  window: innerWidth,
  saves: document.getElementById('save').href.startsWith('blob:'),
  first: ratioText.textContent}) + 'END';
</script></body>)";

struct Page {
  nlohmann::json found;
  std::string console;
};

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (access(chromium, X_OK) != 0) GTEST_SKIP() << chromium << " is not installed";
    const auto results = read_results("tests/compare/kept_report.json");
    ASSERT_TRUE(results) << results.error();
    std::string html = html_report(summarise(*results));
    html.replace(html.rfind("</body>"), 7, probe);
    directory_.write("report.html", html);
  }

  Page open(const std::vector<std::string>& options) {
    std::vector<std::string> command{chromium,       "--headless",
                                     "--no-sandbox", "--disable-gpu",
                                     "--dump-dom",   "--enable-logging=stderr",
                                     "--v=0",        "--user-data-dir=" + directory_ / "profile"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back("file://" + directory_ / "report.html");
    cli::Process process(command, ".", {"PATH=/usr/bin:/bin", "HOME=" + directory_.path()});
    const auto ending = process.wait(std::chrono::seconds(90));
    const size_t begin = ending.out.find("FOUND{");
    const size_t end = ending.out.find("END", begin == std::string::npos ? 0 : begin);
    Page page;
    if (begin == std::string::npos || end == std::string::npos) {
      ADD_FAILURE() << "the page's script did not run: " << ending.err;
      return page;
    }
    page.found = nlohmann::json::parse(ending.out.substr(begin + 5, end - begin - 5));
    for (size_t at = ending.err.find("CONSOLE"); at != std::string::npos; at = ending.err.find("CONSOLE", at + 1)) {
      page.console += ending.err.substr(at, ending.err.find('\n', at) - at) + '\n';
    }
    return page;
  }

  TemporaryDirectory directory_;
};

TEST_F(Browser, DrawsEveryChartAndReportsNoErrors) {
  const Page page = open({"--window-size=1100,900"});
  EXPECT_EQ(page.console, "");
  EXPECT_EQ(page.found.at("charts"), 18);  // six kinds, three loads
  EXPECT_EQ(page.found.at("empty"), 0);
  EXPECT_EQ(page.found.at("outside").dump(), "[]");
  EXPECT_GT(page.found.at("buttons"), 20);
  EXPECT_EQ(page.found.at("saves"), true);
  EXPECT_EQ(page.found.at("ground"), "rgb(252, 252, 251)");
}

TEST_F(Browser, IsDarkForThoseWhoPreferThat) {
  const Page page = open({"--window-size=1100,900", "--blink-settings=preferredColorScheme=0"});
  EXPECT_EQ(page.found.at("ground"), "rgb(20, 23, 26)");
  EXPECT_EQ(page.found.at("ink"), "rgb(232, 234, 237)");
  EXPECT_EQ(page.console, "");
}

TEST_F(Browser, FitsANarrowScreen) {
  const Page page = open({"--window-size=500,900"});
  EXPECT_LE(page.found.at("width").get<int>(), page.found.at("window").get<int>());
  EXPECT_EQ(page.console, "");
}

}  // namespace
}  // namespace shallop::compare
