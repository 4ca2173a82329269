// SQLite in the suite: a file of its own for each test.
#include "adapters/sql/sql_suite.hpp"
#include "support/temp_dir.hpp"

namespace
{

std::string freshFile(std::string &)
{
    static int count = 0;
    static support::TempDir folder;

    return "sqlite:" + folder.file("suite" + std::to_string(++count) + ".db");
}

} // namespace

namespace sql
{

const std::vector<Backend> backends = {
    {"sqlite", freshFile, "integer", "real", "text", "blob",
     "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
     "select count(*) from sqlite_stmt where sql not like '%sqlite_stmt%'", false, true},
};

} // namespace sql
