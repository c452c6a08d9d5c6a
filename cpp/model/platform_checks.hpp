// Holds a platform file against platform_schema.hpp, and looks for what a table can't tell.
//
// Both throw FileError: "line 7: bandwidth of <link> 'wan': '-1Bps' is negative; give a bandwidth such as …".
#pragma once

namespace wrench_serverless::model {

class PlatformFile;
class XmlDocument;

// Elements where they belong, with attributes that they have, and values that these can take.
void check_platform_document(const XmlDocument& document);

// What elements say of others: of hosts, routers, zones, links and disks that have to be there
// (platform_references.cpp).
void check_references(const PlatformFile& file);

} // namespace wrench_serverless::model
