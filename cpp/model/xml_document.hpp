// A small XML reader for platform files: elements with their attributes, lines, and positions in the text.
//
// SimGrid has a parser of its own, but it only calls SimGrid back and ends the process over many mistakes. This one
// reads the same files first, so that a mistake is an error with a line. It takes well-formed XML in UTF-8, with or
// without a byte order mark, ASCII or ISO-8859-1; no entities but XML's own, no CDATA sections, no declarations in the
// DOCTYPE.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wrench_serverless::model {

// What is wrong in a file, and on which line; line 0: in none.
class FileError : public std::runtime_error {
public:
  FileError(std::size_t line, const std::string& problem)
      : std::runtime_error(line == 0 ? problem : "line " + std::to_string(line) + ": " + problem) {}
};

struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct XmlAttribute {
  std::string name;
  std::string value; // entities are decoded
  TextSpan span;     // name="value"
};

struct XmlElement {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::string name;
  std::vector<XmlAttribute> attributes;
  std::size_t line = 1;
  std::size_t parent = none; // an index in XmlDocument::elements
  TextSpan start_tag;
  TextSpan content; // between start tag and end tag; empty at the end of an empty tag
  TextSpan span;    // all of it

  const XmlAttribute* find(std::string_view attribute) const;
  std::string value(std::string_view attribute) const; // empty if it has none
};

class XmlDocument {
public:
  // Throws FileError for what is not well formed.
  explicit XmlDocument(const std::string& file_content);

  const std::string& text() const { return text_; } // UTF-8, without a byte order mark
  // In the order of their start tags: parents before children.
  const std::vector<XmlElement>& elements() const { return elements_; }
  // The text of a span with blanks where comments were.
  std::string characters(TextSpan span) const;

  TextSpan declaration() const { return declaration_; }               // <?xml …?>; empty if there is none
  TextSpan doctype() const { return doctype_; }                       // <!DOCTYPE …>; empty if there is none
  const std::vector<TextSpan>& comments() const { return comments_; } // and processing instructions

private:
  class Parser;

  std::string text_;
  std::vector<XmlElement> elements_;
  std::vector<TextSpan> comments_;
  TextSpan declaration_, doctype_;
};

// Changes parts of a text, and keeps its lines where they are: what is replaced has as many line breaks afterwards.
class TextEdits {
public:
  void replace(TextSpan span, std::string replacement) { edits_.emplace_back(span, std::move(replacement)); }
  void blank(TextSpan span) { replace(span, {}); }
  // Edits may lie within others; the outer one counts.
  std::string apply(const std::string& text) const;

private:
  std::vector<std::pair<TextSpan, std::string>> edits_;
};

// As messages show a value and an element: 'abc', not the whole of a long one; <host> 'a'.
std::string shown(std::string_view value);
std::string title(const XmlElement& element);

// As the value of an attribute, between double quotes.
std::string xml_escaped(std::string_view text);

} // namespace wrench_serverless::model
