// SPDX-License-Identifier: Apache-2.0
#include "compare/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compare/place.hpp"

namespace shallop::compare {
namespace {

// The bootstrap's; any will do, as long as it is always the same.
constexpr uint64_t resampling_seed = 20'240'229;

// Beyond, the machine is the problem.
constexpr size_t blocks_worth_while = 200;

double disturbance(const Measurement& run) { return run.foreign_share + run.stolen_share; }

// Of a block's attempts, the least disturbed one.
std::vector<const Measurement*> runs_that_count(const Results& results, const std::string& variant,
                                                const std::string& load) {
  std::map<unsigned, const Measurement*> by_block;
  for (const Measurement& run : results.runs) {
    if (run.variant != variant || run.load != load) continue;
    const Measurement*& chosen = by_block[run.block];
    const bool is_better = chosen == nullptr || (!chosen->failure.empty() && run.failure.empty()) ||
                           (run.failure.empty() && disturbance(run) < disturbance(*chosen));
    if (is_better) chosen = &run;
  }
  std::vector<const Measurement*> runs;
  runs.reserve(by_block.size());
  for (const auto& [block, run] : by_block) runs.push_back(run);
  return runs;
}

template <class Figure>
std::vector<double> figures(const std::vector<const Measurement*>& runs, const Figure& figure) {
  std::vector<double> values;
  for (const Measurement* run : runs) {
    if (run->failure.empty()) values.push_back(figure(*run));
  }
  return values;
}

double rate_of(const Measurement& run) { return run.requests_per_s; }
double cpu_of(const Measurement& run) { return run.server_cpu_us_per_request; }

// Of the blocks in which both were measured.
template <class Figure>
std::optional<Ratio> ratio_of(const Row& row, const Row& reference, const Figure& figure) {
  std::vector<double> values;
  std::vector<double> references;
  for (const Measurement* run : row.runs) {
    const auto other = std::ranges::find(reference.runs, run->block, &Measurement::block);
    if (other == reference.runs.end() || !run->failure.empty() || !(*other)->failure.empty()) continue;
    values.push_back(figure(*run));
    references.push_back(figure(**other));
  }
  return paired_ratio(values, references);
}

std::map<std::string, Percentile> percentiles_of(const std::vector<const Measurement*>& runs) {
  std::map<std::string, std::vector<double>> values;
  std::map<std::string, Percentile> percentiles;
  for (const Measurement* run : runs) {
    if (!run->failure.empty()) continue;
    for (const auto& [name, ms] : run->percentiles_ms) values[name].push_back(ms);
    for (const auto& [name, count] : run->samples_beyond) percentiles[name].samples_beyond += count;
  }
  for (const auto& [name, all] : values) percentiles[name].ms = median(all);
  return percentiles;
}

Row row_of(const Results& results, const VariantResult& variant, const LoadResult& load) {
  Row row;
  row.variant = &variant;
  row.runs = runs_that_count(results, variant.name, load.name);
  const auto failed = std::ranges::find_if(row.runs, [](const Measurement* run) { return !run->failure.empty(); });
  if (!variant.unavailable.empty()) {
    row.state = RowState::unavailable;
    row.reason = variant.unavailable;
  } else if (failed != row.runs.end()) {
    row.state = RowState::failed;
    row.reason = fmt::format("block {}: {}", (*failed)->block, (*failed)->failure);
  } else if (row.runs.size() < results.blocks) {
    row.state = row.runs.empty() ? RowState::missing : RowState::measured;
    row.reason = "the comparison was interrupted";
  }
  const std::vector<double> rates = figures(row.runs, rate_of);
  row.requests_per_s = median(rates);
  row.requests_interval = median_interval(rates, resampling_seed);
  row.server_cpu_us = median(figures(row.runs, cpu_of));
  row.percentiles = percentiles_of(row.runs);
  for (const Measurement* run : row.runs) {
    row.completed += run->completed;
    row.failed += run->failed;
    row.disturbed += run->is_disturbed ? 1 : 0;
    // It has no time left while the server has.
    row.generator_bound += run->generator_was_limit && run->generator_share > 0.9 && run->server_share < 0.9 ? 1 : 0;
  }
  return row;
}

const Row* find(const Section& section, const VariantResult& of, std::string_view engine, std::string_view place) {
  for (const Row& row : section.rows) {
    if (row.variant->service == of.service && row.variant->engine == engine && row.variant->place == place) {
      return row.is_measured() ? &row : nullptr;
    }
  }
  return nullptr;
}

void relate(Section& section, double margin) {
  for (Row& row : section.rows) {
    if (!row.is_measured()) continue;
    const Row* native = find(section, *row.variant, "native", row.variant->place);
    if (native != nullptr && native != &row) {
      row.to_native = ratio_of(row, *native, rate_of);
      row.cpu_to_native = ratio_of(row, *native, cpu_of);
      if (row.to_native) row.verdict = judge(*row.to_native, margin);
    }
    if (row.variant->place == "bare") continue;
    if (const Row* bare = find(section, *row.variant, row.variant->engine, "bare")) {
      row.to_bare = ratio_of(row, *bare, rate_of);
    }
  }
}

double p50_of(const Row& row) {
  const auto entry = row.percentiles.find("p50");
  return entry == row.percentiles.end() ? 0 : entry->second.ms;
}

void add_hints(Section& section) {
  for (const Row& row : section.rows) {
    if (!row.is_measured()) continue;
    const double p50_ms = p50_of(row);
    const std::vector<double> shares = figures(row.runs, [](const Measurement& run) { return run.server_share; });
    if (section.load->connections <= 64 && p50_ms >= 38 && p50_ms <= 46 && median(shares) < 0.2) {
      section.hints.push_back(
          fmt::format("{}: a median of {:.0f} ms with an idle processor is Nagle's algorithm waiting for a delayed "
                      "acknowledgement; "
                      "TCP_NODELAY on the server's sockets ends it.",
                      row.variant->name, p50_ms));
    }
    if (row.generator_bound * 2 > row.runs.size()) {
      section.hints.push_back(
          fmt::format("{}: the load generator was the limit; its requests/s are a lower bound, CPU per request is not.",
                      row.variant->name));
    }
  }
  for (const Row& row : section.rows) {
    if (row.variant->engine != "wasmedge-aot" || !row.is_measured()) continue;
    const Row* interpreted = find(section, *row.variant, "wasmedge-interpreter", row.variant->place);
    if (interpreted == nullptr || row.requests_per_s > 1.3 * interpreted->requests_per_s) continue;
    section.hints.push_back(
        fmt::format("{}: as fast as interpreted; either its compiled code was not used, or the "
                    "processor is not the limit.",
                    row.variant->name));
  }
}

std::string percent(double share) { return fmt::format("{:.1f}", 100 * share); }

}  // namespace

bool is_native(const VariantResult& variant) { return variant.engine == "native"; }

Summary summarise(const Results& results) {
  Summary summary;
  summary.results = &results;
  for (const LoadResult& load : results.loads) {
    Section section;
    section.load = &load;
    for (const VariantResult& variant : results.variants) {
      if (load.is_for(variant.place)) section.rows.push_back(row_of(results, variant, load));
    }
    relate(section, results.margin);
    add_hints(section);
    summary.sections.push_back(std::move(section));
  }
  for (const Measurement& run : results.runs) {
    summary.repeated += run.attempt > 0 ? 1 : 0;
  }
  for (const Section& section : summary.sections) {
    for (const Row& row : section.rows) {
      summary.runs += row.runs.size();
      summary.disturbed += row.disturbed;
    }
  }
  return summary;
}

std::vector<PlaceSection> by_place(const Section& section) {
  std::vector<PlaceSection> places;
  for (const Row& row : section.rows) {
    const std::string& place = row.variant->place;
    const bool is_first = places.empty() || places.back().section.rows.back().variant->place != place;
    if (is_first) places.push_back({place_title(place), {section.load, {}, {}}, place == "bare"});
    places.back().section.rows.push_back(row);
  }
  std::erase_if(places, [](const PlaceSection& each) {
    return !each.is_bare &&
           std::ranges::all_of(each.section.rows, [](const Row& row) { return row.state == RowState::unavailable; });
  });
  if (places.size() == 1 && places.front().is_bare) places.front().title.clear();
  if (!places.empty()) places.front().section.hints = section.hints;
  return places;
}

bool is_whole(const Summary& summary) {
  if (!summary.results->complete) return false;
  return std::ranges::all_of(summary.sections, [](const Section& section) {
    return std::ranges::all_of(section.rows, [](const Row& row) {
      if (row.state == RowState::unavailable) return row.variant->optional;
      return row.is_measured() && !row.has_too_many_errors();
    });
  });
}

std::string sentence(const Row& row, double margin) {
  if (!row.to_native) return "";
  const Ratio& ratio = *row.to_native;
  const std::string interval = fmt::format("{} to {} %", percent(ratio.interval.low), percent(ratio.interval.high));
  if (ratio.pairs < 2) {
    return fmt::format("{} does {} % of native's requests/s, by one block: no interval can be told", row.variant->name,
                       percent(ratio.value));
  }
  if (row.verdict == Verdict::same) {
    return fmt::format("{} does as many requests/s as native, within {:.0f} % ({})", row.variant->name, 100 * margin,
                       interval);
  }
  if (row.verdict == Verdict::unclear) {
    return fmt::format(
        "{} does about {} % of native's requests/s, but the noise is too large to tell it from 100 % ({})",
        row.variant->name, percent(ratio.value), interval);
  }
  return fmt::format("{} does {} % of native's requests/s ({})", row.variant->name, percent(ratio.value), interval);
}

std::string uncertainty(const Row& row, double margin) {
  if (!row.to_native || row.verdict != Verdict::unclear) return "";
  const size_t blocks = blocks_needed(*row.to_native, margin);
  if (blocks > blocks_worth_while) {
    return fmt::format("{}: unclear, and too noisy for more blocks to help: measure on a quieter machine, or longer",
                       row.variant->name);
  }
  return fmt::format("{}: unclear; about {} more blocks would tell", row.variant->name, blocks);
}

}  // namespace shallop::compare
