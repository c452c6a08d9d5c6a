// The XML of platform files: what is taken, where each thing is, and what is refused with its line.
#include "model/utf8.hpp"
#include "model/xml_document.hpp"

#include <catch.hpp>

#include <string>
#include <tuple>

namespace model = wrench_serverless::model;
using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using model::XmlDocument;

namespace {

std::string problem_of(const std::string& text) {
  try {
    const XmlDocument document(text);
  } catch (const model::FileError& error) {
    return error.what();
  }
  return "none";
}

} // namespace

TEST_CASE("elements know their lines, parents and places") {
  const std::string text = "<?xml version='1.0'?>\n<!-- <no> -->\n<a x = 'one'>\n  <b y=\"1 &lt; &#50;&#x33;&amp;\"/>\n"
                           "  <trace>1 2<!-- 3 -->4</trace>\n</a>\n";
  const XmlDocument document(text);
  REQUIRE(document.elements().size() == 3);
  const auto& [a, b, trace] = std::tie(document.elements()[0], document.elements()[1], document.elements()[2]);
  CHECK(a.value("x") == "one");
  CHECK(a.line == 3);
  CHECK(b.line == 4);
  CHECK(b.parent == 0);
  CHECK(b.value("y") == "1 < 23&");
  CHECK(b.value("z").empty());
  CHECK(text.substr(b.span.begin, b.span.end - b.span.begin) == "<b y=\"1 &lt; &#50;&#x33;&amp;\"/>");
  CHECK(document.characters(trace.content) == "1 2 4");
  CHECK(document.comments().size() == 2);
}

TEST_CASE("what is not well formed is refused with its line") {
  CHECK_THAT(problem_of(""), Equals("line 1: there is no element in it"));
  CHECK_THAT(problem_of("words"), Contains("line 1") && Contains("'words'"));
  CHECK_THAT(problem_of("<a>\n<b></a>"), Contains("line 2") && Contains("</b> is missing"));
  CHECK_THAT(problem_of("<a>\n"), Contains("line 2: </a> is missing"));
  CHECK_THAT(problem_of("<a/>\n<b/>"), Contains("line 2: <b> comes after the end of <a>"));
  CHECK_THAT(problem_of("<a x=\"1\" x=\"2\"/>"), Contains("given twice"));
  CHECK_THAT(problem_of("<a x/>"), Contains("has no value"));
  CHECK_THAT(problem_of("<a x=1/>"), Contains("not between quotes"));
  CHECK_THAT(problem_of("<a x=\"1/>"), Contains("the quote \" at its end is missing"));
  CHECK_THAT(problem_of("<a x=\"1\"y=\"2\"/>"), Contains("a blank is missing"));
  CHECK_THAT(problem_of("<a x=\"&b;\"/>"), Contains("'&b;' is no entity"));
  CHECK_THAT(problem_of("<a x=\"&\"/>"), Contains("write &amp;"));
  CHECK_THAT(problem_of("<a x=\"&#0;\"/>"), Contains("no entity"));
  CHECK_THAT(problem_of("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"), Contains("declarations"));
  CHECK_THAT(problem_of("<a><!-- b</a>"), Contains("a comment does not end"));
  CHECK_THAT(problem_of("<a"), Contains("does not end"));
  CHECK_THAT(problem_of("<a><![CDATA[b]]></a>"), Contains("CDATA"));
}

TEST_CASE("texts are UTF-8, whatever the file is in") {
  CHECK(XmlDocument("\xef\xbb\xbf<a x='\xc3\xa9'/>").elements()[0].value("x") == "\xc3\xa9");
  CHECK(XmlDocument("<?xml version='1.0' encoding='ISO-8859-1'?><a x='\xe9'/>").elements()[0].value("x") == "\xc3\xa9");
  CHECK_THAT(problem_of("<a>\n\xe9</a>"), Contains("line 2: byte 233 is no UTF-8"));
  CHECK_THAT(problem_of(std::string("\xff\xfe<\0", 4)), Contains("UTF-16"));
  CHECK_THAT(problem_of("<?xml version='1.0' encoding='EBCDIC'?><a/>"), Contains("'ebcdic' is not supported"));
  CHECK_THAT(problem_of(std::string("<a>\n\0</a>", 9)), Contains("line 2: there is a control character"));
  CHECK(model::utf8_prefix("a\xc3\xa9", 2) == "a");
  for (const char* wrong : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\xc3"})
    CHECK(model::utf8_length(wrong, 0) == 0);
}

TEST_CASE("edits keep lines where they are, and outer ones win") {
  model::TextEdits edits;
  edits.blank({2, 7});
  edits.replace({4, 5}, "never");
  edits.replace({8, 9}, "new");
  CHECK(edits.apply("ab1\n2\n3cde") == "ab\n\ncnewe");
}
