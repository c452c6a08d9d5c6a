// The elements of SimGrid's platform files (version 4.1), their attributes, and what values these take.
//
// A table: platform_checks.hpp holds a file against it.
#pragma once

#include <span>
#include <string_view>

namespace wrench_serverless::model {

enum class ValueKind {
  Any,         // text that SimGrid only hands on
  Name,        // of an element, or of another one
  Bandwidth,   // > 0
  Bandwidths,  // one, or a list for the rates of a wireless link
  Latency,     // >= 0
  Speed,       // > 0
  Speeds,      // a list, one for each pstate
  Cores,       // 1, 2 …
  Whole,       // 0, 1 …
  Number,      // finite
  Ranges,      // "0-99,120"
  Coordinates, // "x y z"
  File,        // of a profile
  Choice,      // one of a few words
  Routing,     // the same, whatever the case of its letters
};

enum class Presence { Required, Optional, MayBeEmpty };

struct AttributeRule {
  std::string_view name;
  ValueKind kind;
  Presence presence;
  std::string_view choices = {}; // with blanks between them
};

struct ElementRule {
  std::string_view name;
  std::string_view parents; // with blanks between them; empty: none
  std::span<const AttributeRule> attributes;
  std::string_view refusal = {}; // why such an element is never taken: "the <x> tag …"
};

// Null if SimGrid knows no such element.
const ElementRule* find_element_rule(std::string_view name);
const AttributeRule* find_attribute_rule(const ElementRule& element, std::string_view attribute);

// All of them, for tests.
std::span<const ElementRule> platform_schema();

} // namespace wrench_serverless::model
