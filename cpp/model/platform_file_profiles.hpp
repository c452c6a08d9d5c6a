// The profiles in a platform file: in files that attributes name, or in <trace> and <trace_connect>.
#pragma once

#include "model/profile.hpp"
#include "model/xml_document.hpp"

#include <string>
#include <vector>

namespace wrench_serverless::model {

struct ProfilesInFile {
  std::vector<NamedProfile> profiles;
  std::vector<TextSpan> spans; // of all that is about them
};

// Files that it names are sought beside the platform file, then in the working directory. Throws FileError.
ProfilesInFile profiles_in_file(const XmlDocument& document, const std::string& path);

} // namespace wrench_serverless::model
