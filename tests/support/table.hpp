// Tables of functions by the names of their slots, which C++17 has no initialisers for.
#ifndef BIGHT_TESTS_SUPPORT_TABLE_HPP
#define BIGHT_TESTS_SUPPORT_TABLE_HPP

namespace support
{

// A table of this build's size, whose other slots are empty.
template <typename Table, typename Fill> constexpr Table tableOf(Fill fill)
{
    Table table = {};

    table.size = sizeof(Table);
    fill(table);
    return table;
}

} // namespace support

#endif
