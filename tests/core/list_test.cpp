#include "base/list.h"

#include <gtest/gtest.h>
#include <vector>

namespace
{

struct Item {
    int number;
    bighti_link link;
};

class List : public testing::Test
{
  protected:
    List()
    {
        bighti_link_init(&list);
        bighti_link_init(&other);
        for (int i = 0; i < 4; i++) {
            items[i].number = i;
            bighti_link_init(&items[i].link);
        }
    }

    static std::vector<int> drain(bighti_link *from)
    {
        std::vector<int> numbers;

        while (bighti_link *link = bighti_list_pop(from))
            numbers.push_back(BIGHTI_CONTAINER(link, Item, link)->number);
        return numbers;
    }

    bighti_link list, other;
    Item items[4];
};

TEST_F(List, popsInTheOrderOfAppending)
{
    for (auto &item : items)
        bighti_list_append(&list, &item.link);
    EXPECT_FALSE(bighti_list_is_empty(&list));
    EXPECT_EQ(drain(&list), (std::vector<int>{0, 1, 2, 3}));
    EXPECT_TRUE(bighti_list_is_empty(&list));
    EXPECT_EQ(bighti_list_pop(&list), nullptr);
}

TEST_F(List, unlinksFromTheMiddleAndTwiceWithoutHarm)
{
    for (auto &item : items)
        bighti_list_append(&list, &item.link);
    EXPECT_TRUE(bighti_link_is_linked(&items[1].link));
    bighti_link_unlink(&items[1].link);
    EXPECT_FALSE(bighti_link_is_linked(&items[1].link));
    bighti_link_unlink(&items[1].link);
    EXPECT_EQ(drain(&list), (std::vector<int>{0, 2, 3}));
}

TEST_F(List, spliceMovesAllToTheEnd)
{
    bighti_list_append(&list, &items[0].link);
    bighti_list_append(&other, &items[1].link);
    bighti_list_append(&other, &items[2].link);
    bighti_list_splice(&list, &other);
    EXPECT_TRUE(bighti_list_is_empty(&other));
    EXPECT_EQ(drain(&list), (std::vector<int>{0, 1, 2}));
}

TEST_F(List, spliceOfNothingChangesNothing)
{
    bighti_list_append(&list, &items[0].link);
    bighti_list_splice(&list, &other);
    EXPECT_EQ(drain(&list), (std::vector<int>{0}));
    bighti_list_splice(&list, &other);
    EXPECT_TRUE(bighti_list_is_empty(&list));
}

} // namespace
