#include "model/xml_document.hpp"

#include "model/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace wrench_serverless::model {
namespace {

constexpr std::string_view blanks = " \t\n\r";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }

bool is_name_character(char c) {
  constexpr std::string_view others = "_:-.";
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
         others.find(c) != std::string_view::npos;
}

// For a message: not all of a file, and one line.
std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result = utf8_prefix(text, longest);
  std::ranges::replace_if(result, [](char c) { return is_blank(c); }, ' ');
  return "'" + result + (result.size() < text.size() ? "…'" : "'");
}

} // namespace

// Walks over the text once.
class XmlDocument::Parser {
public:
  explicit Parser(XmlDocument& document) : document_(document), text_(document.text_) {}

  void parse() {
    read_declaration();
    while (at_ < text_.size())
      text_[at_] == '<' ? read_markup() : read_characters();
    if (!open_.empty())
      fail("</" + current().name + "> is missing, for the <" + current().name + "> of line " +
           std::to_string(current().line));
    if (document_.elements_.empty())
      fail("there is no element in it");
  }

private:
  [[noreturn]] void fail(const std::string& problem) const { throw FileError(line_of(at_), problem); }

  // Positions are asked for in ascending order, but for messages.
  std::size_t line_of(std::size_t position) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(position, text_.size()));
    return 1 + static_cast<std::size_t>(std::count(text_.begin(), end, '\n'));
  }
  std::size_t advance_line(std::size_t position) {
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(position), '\n'));
    counted_ = position;
    return line_;
  }

  XmlElement& current() { return document_.elements_[open_.back()]; }
  bool at(std::string_view words) const { return text_.compare(at_, words.size(), words) == 0; }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }

  // Goes behind the next occurrence.
  void skip_behind(std::string_view end, const char* what) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string::npos)
      fail(std::string(what) + " does not end: '" + std::string(end) + "' is missing");
    at_ = found + end.size();
  }

  std::string read_name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name_character(text_[at_]))
      ++at_;
    if (start == at_)
      fail("a name is expected, not " + excerpt(std::string_view(text_).substr(at_, 60)));
    return text_.substr(start, at_ - start);
  }

  void read_declaration() {
    if (!at("<?xml") || text_.size() < 6 || !is_blank(text_[5]))
      return;
    skip_behind("?>", "the XML declaration");
    document_.declaration_ = {0, at_};
  }

  void read_characters() {
    const std::size_t end = std::min(text_.find('<', at_), text_.size());
    const std::size_t word = std::min(text_.find_first_not_of(blanks, at_), end);
    if (word < end && (open_.empty() || current().name != "trace")) {
      at_ = word;
      fail("there are no words outside of tags here: " + excerpt(std::string_view(text_).substr(word, end - word)));
    }
    at_ = end;
  }

  void read_markup() {
    const std::size_t begin = at_;
    if (at("<!--")) {
      at_ += 4;
      skip_behind("-->", "a comment");
      document_.comments_.push_back({begin, at_});
    } else if (at("<?")) {
      skip_behind("?>", "a processing instruction");
      document_.comments_.push_back({begin, at_});
    } else if (at("<!DOCTYPE")) {
      read_doctype();
    } else if (at("<![CDATA[")) {
      fail("CDATA sections are not supported");
    } else if (at("</")) {
      read_end_tag();
    } else {
      read_start_tag();
    }
  }

  void read_doctype() {
    const std::size_t begin = at_;
    if (!document_.elements_.empty() || document_.doctype_.end != 0)
      fail("<!DOCTYPE> comes once, before all elements");
    const std::size_t end = text_.find_first_of("[>", at_);
    if (end != std::string::npos && text_[end] == '[')
      fail("declarations in the <!DOCTYPE> are not supported: entities and the like");
    skip_behind(">", "<!DOCTYPE>");
    document_.doctype_ = {begin, at_};
  }

  void read_start_tag() {
    XmlElement element;
    element.start_tag.begin = element.span.begin = at_;
    element.line = advance_line(at_);
    ++at_;
    element.name = read_name();
    if (open_.empty() && !document_.elements_.empty())
      fail("<" + element.name + "> comes after the end of <" + document_.elements_.front().name + ">");
    for (skip_blanks(); at_ < text_.size() && text_[at_] != '>' && text_[at_] != '/'; skip_blanks())
      read_attribute(element);
    const bool empty = at("/>");
    if (!empty && !at(">"))
      fail("the tag <" + element.name + "> of line " + std::to_string(element.line) + " does not end");
    at_ += empty ? 2 : 1;
    element.start_tag.end = element.span.end = at_;
    element.content = {at_, at_};
    element.parent = open_.empty() ? XmlElement::none : open_.back();
    document_.elements_.push_back(std::move(element));
    if (!empty)
      open_.push_back(document_.elements_.size() - 1);
  }

  void read_attribute(XmlElement& element) {
    XmlAttribute attribute;
    attribute.span.begin = at_;
    if (!is_blank(text_[at_ - 1]))
      fail("a blank is missing before " + excerpt(std::string_view(text_).substr(at_, 60)));
    attribute.name = read_name();
    const std::string where = "attribute " + attribute.name + " of <" + element.name + ">";
    skip_blanks();
    if (!at("="))
      fail(where + " has no value: write " + attribute.name + "=\"…\"");
    ++at_;
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '"' && quote != '\'')
      fail(where + ": its value is not between quotes");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string::npos)
      fail(where + ": the quote " + quote + " at its end is missing");
    const std::string_view raw = std::string_view(text_).substr(at_ + 1, end - at_ - 1);
    if (raw.find('<') != std::string_view::npos)
      fail(where + ": its value has a '<'; write &lt;, or the quote at its end is missing");
    attribute.value = decoded(raw, where);
    at_ = attribute.span.end = end + 1;
    if (element.find(attribute.name) != nullptr)
      fail(where + " is given twice");
    element.attributes.push_back(std::move(attribute));
  }

  void read_end_tag() {
    const std::size_t begin = at_;
    at_ += 2;
    const std::string name = read_name();
    skip_blanks();
    if (open_.empty() || current().name != name) {
      at_ = begin;
      fail("</" + name + "> ends nothing" +
           (open_.empty() ? ""
                          : "; </" + current().name + "> is missing, for the <" + current().name + "> of line " +
                                std::to_string(current().line)));
    }
    if (!at(">"))
      fail("</" + name + " does not end: '>' is missing");
    ++at_;
    current().content.end = begin;
    current().span.end = at_;
    open_.pop_back();
  }

  std::string decoded(std::string_view raw, const std::string& where) const {
    std::string value;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '&') {
        value += is_blank(raw[i]) ? ' ' : raw[i];
        continue;
      }
      const std::size_t end = raw.find(';', i);
      const std::string_view entity = raw.substr(i + 1, end == std::string_view::npos ? end : end - i - 1);
      const auto character = end == std::string_view::npos ? std::nullopt : character_of(entity);
      if (!character)
        fail(where + ": " + excerpt(raw.substr(i, end == std::string_view::npos ? end : end - i + 1)) +
             " is no entity of XML; write &amp; for '&'");
      value += *character;
      i = end;
    }
    return value;
  }

  static std::optional<std::string> character_of(std::string_view entity) {
    constexpr std::array<std::pair<std::string_view, char>, 5> entities{
        {{"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"amp", '&'}}};
    for (const auto& [name, character] : entities)
      if (entity == name)
        return std::string(1, character);
    if (!entity.starts_with('#'))
      return std::nullopt;
    const bool hexadecimal = entity.starts_with("#x");
    const std::string_view digits = entity.substr(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
    if (error != std::errc{} || end != digits.data() + digits.size() || code < 0x20)
      return std::nullopt;
    return utf8_of(code);
  }

  XmlDocument& document_;
  const std::string& text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_; // elements that have not ended
  std::size_t line_ = 1, counted_ = 0;
};

XmlDocument::XmlDocument(const std::string& file_content) : text_(text_as_utf8(file_content)) { Parser(*this).parse(); }

const XmlAttribute* XmlElement::find(std::string_view attribute) const {
  const auto found = std::ranges::find(attributes, attribute, &XmlAttribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::string XmlElement::value(std::string_view attribute) const {
  const XmlAttribute* found = find(attribute);
  return found != nullptr ? found->value : std::string();
}

std::string XmlDocument::characters(TextSpan span) const {
  std::string result;
  std::size_t start = span.begin;
  for (const TextSpan& comment : comments_)
    if (comment.begin >= start && comment.end <= span.end) {
      result.append(text_, start, comment.begin - start).append(" ");
      start = comment.end;
    }
  return result.append(text_, start, span.end - start);
}

std::string TextEdits::apply(const std::string& text) const {
  auto sorted = edits_;
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) {
    return a.first.begin != b.first.begin ? a.first.begin < b.first.begin : a.first.end > b.first.end;
  });
  std::string result;
  result.reserve(text.size());
  std::size_t start = 0;
  for (const auto& [span, replacement] : sorted) {
    if (span.begin < start)
      continue;
    result.append(text, start, span.begin - start).append(replacement);
    const auto breaks = std::count(text.begin() + static_cast<std::ptrdiff_t>(span.begin),
                                   text.begin() + static_cast<std::ptrdiff_t>(span.end), '\n');
    const auto kept = std::ranges::count(replacement, '\n');
    result.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, breaks - kept)), '\n');
    if (replacement.empty() && breaks == 0)
      result += ' ';
    start = span.end;
  }
  return result.append(text, start);
}

std::string shown(std::string_view value) {
  constexpr std::size_t longest = 100;
  return "'" + utf8_prefix(value, longest) + (value.size() > longest ? "…'" : "'");
}

std::string title(const XmlElement& element) {
  const XmlAttribute* id = element.find("id");
  return "<" + element.name + ">" + (id == nullptr ? "" : " " + shown(id->value));
}

std::string xml_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += c;
    }
  }
  return result;
}

} // namespace wrench_serverless::model
