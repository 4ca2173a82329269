#include "base/table.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace
{

struct Item {
    bighti_entry entry;
    int key;
};

class Table : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_TRUE(bighti_table_init(&table));
    }
    void TearDown() override
    {
        bighti_table_deinit(&table);
    }
    // All keys that are under a hash, in order.
    std::vector<int> under(uint64_t hash) const
    {
        std::vector<int> keys;
        for (bighti_entry *each = bighti_table_first(&table, hash); each != nullptr;
             each = bighti_table_next(each))
            keys.push_back(reinterpret_cast<Item *>(each)->key);
        std::sort(keys.begin(), keys.end());
        return keys;
    }

    bighti_table table = {};
};

TEST_F(Table, findsWhatIsInItHoweverMany)
{
    std::vector<Item> items(5000);

    EXPECT_EQ(under(0), std::vector<int>());
    for (int i = 0; i < 5000; i++) {
        items[static_cast<size_t>(i)].key = i;
        bighti_table_insert(&table, &items[static_cast<size_t>(i)].entry,
                            static_cast<uint64_t>(i) * 0x9e3779b97f4a7c15u);
    }
    EXPECT_EQ(table.count, 5000u);
    EXPECT_GE(table.bucket_count, 4096u) << "it has grown";
    for (Item &item : items)
        EXPECT_EQ(under(item.entry.hash), std::vector<int>{item.key});
    for (Item &item : items)
        if (item.key % 2 == 0)
            bighti_table_remove(&table, &item.entry);
    EXPECT_EQ(table.count, 2500u);
    for (Item &item : items)
        EXPECT_EQ(under(item.entry.hash).size(), static_cast<size_t>(item.key % 2));
}

TEST_F(Table, keepsApartWhatSharesABucketAndTogetherWhatSharesAHash)
{
    Item items[] = {{{}, 0}, {{}, 1}, {{}, 2}, {{}, 3}};

    bighti_table_insert(&table, &items[0].entry, 5);
    bighti_table_insert(&table, &items[1].entry, 5 + (uint64_t{1} << 40)); // the same bucket
    bighti_table_insert(&table, &items[2].entry, 5);
    bighti_table_insert(&table, &items[3].entry, 5 + (uint64_t{1} << 40));
    EXPECT_EQ(under(5), (std::vector<int>{0, 2}));
    EXPECT_EQ(under(5 + (uint64_t{1} << 40)), (std::vector<int>{1, 3}));
    EXPECT_EQ(under(69), std::vector<int>());
    bighti_table_remove(&table, &items[0].entry);
    EXPECT_EQ(under(5), std::vector<int>{2});
    bighti_table_insert(&table, &items[0].entry, 69);
    EXPECT_EQ(under(69), std::vector<int>{0});
}

} // namespace
