#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

extern "C" {
#include "base/wheel.h"
}

namespace
{

struct Entry {
    bighti_wheel_entry wheel;
    uint64_t order;
};

Entry *entry_of(bighti_link *link)
{
    return reinterpret_cast<Entry *>(BIGHTI_CONTAINER(link, bighti_wheel_entry, link));
}

class Wheel : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        bighti_wheel_init(&wheel, start);
        bighti_link_init(&due);
    }

    void add(Entry &entry, uint64_t deadline)
    {
        bighti_wheel_entry_init(&entry.wheel);
        entry.order = next_order++;
        bighti_wheel_add(&wheel, &entry.wheel, deadline);
    }

    std::vector<Entry *> expire(uint64_t now)
    {
        std::vector<Entry *> result;
        bighti_wheel_expire(&wheel, now, &due);
        while (bighti_link *link = bighti_list_pop(&due))
            result.push_back(entry_of(link));
        return result;
    }

    const uint64_t start = 123456789012345;
    uint64_t next_order = 0;
    bighti_wheel wheel;
    bighti_link due;
};

TEST_F(Wheel, emptyNeverWakes)
{
    EXPECT_EQ(bighti_wheel_next(&wheel), UINT64_MAX);
    EXPECT_TRUE(expire(start + 1000000000000).empty());
}

TEST_F(Wheel, firesAtTheNanosecondAndNotBefore)
{
    Entry entry;
    add(entry, start + 1000000007);
    EXPECT_EQ(bighti_wheel_next(&wheel), start + 1000000007);
    EXPECT_TRUE(expire(start + 1000000006).empty());
    EXPECT_EQ(expire(start + 1000000007).size(), 1u);
    EXPECT_EQ(bighti_wheel_next(&wheel), UINT64_MAX);
}

TEST_F(Wheel, overdueExpiresAtOnce)
{
    Entry entry;
    add(entry, start - 5);
    EXPECT_LE(bighti_wheel_next(&wheel), start);
    EXPECT_EQ(expire(start).size(), 1u);
}

TEST_F(Wheel, farthestDeadlineIsKept)
{
    Entry entry;
    add(entry, UINT64_MAX - 1);
    EXPECT_EQ(bighti_wheel_next(&wheel), UINT64_MAX - 1);
    EXPECT_TRUE(expire(UINT64_MAX / 2).empty());
    EXPECT_EQ(expire(UINT64_MAX - 1).size(), 1u);
}

TEST_F(Wheel, equalDeadlinesExpireInTheOrderTheyWereAdded)
{
    Entry first, second, third;
    add(first, start + 5000000000);
    expire(start + 4000000000);
    add(second, start + 5000000000);
    expire(start + 4999999999);
    add(third, start + 5000000000);
    auto due_now = expire(start + 6000000000);
    EXPECT_EQ(due_now, (std::vector<Entry *>{&first, &second, &third}));
}

TEST_F(Wheel, removedEntryDoesNotExpireAndCostsAtMostEarlyWakeUps)
{
    Entry gone, stays;
    add(stays, start + 9000000000);
    add(gone, start + 8999999000);
    bighti_wheel_remove(&wheel, &gone.wheel);
    int wake_ups = 0;
    std::vector<Entry *> due_now;
    while (due_now.empty() && wake_ups < 20) {
        uint64_t next = bighti_wheel_next(&wheel);
        EXPECT_LE(next, stays.wheel.deadline);
        due_now = expire(next);
        wake_ups++;
    }
    EXPECT_EQ(due_now, std::vector<Entry *>{&stays});
    EXPECT_LE(wake_ups, BIGHTI_WHEEL_LEVELS);
}

TEST_F(Wheel, removeFromTheExpiredListIsLegal)
{
    Entry a, b;
    add(a, start + 1);
    add(b, start + 2);
    bighti_wheel_expire(&wheel, start + 3, &due);
    bighti_wheel_remove(&wheel, &a.wheel);
    EXPECT_EQ(entry_of(bighti_list_pop(&due)), &b);
    EXPECT_EQ(bighti_list_pop(&due), nullptr);
}

/* Against the plainest model: a sorted vector. */
TEST_F(Wheel, agreesWithASortedListOverRandomWork)
{
    std::mt19937_64 random(42);
    std::vector<Entry> entries(2000);
    std::vector<Entry *> model;
    uint64_t now = start;

    for (auto &entry : entries)
        bighti_wheel_entry_init(&entry.wheel);
    auto by_deadline = [](const Entry *a, const Entry *b) {
        return a->wheel.deadline != b->wheel.deadline ? a->wheel.deadline < b->wheel.deadline
                                                      : a->order < b->order;
    };
    for (int step = 0; step < 20000; step++) {
        Entry &entry = entries[random() % entries.size()];
        auto place = std::find(model.begin(), model.end(), &entry);
        if (place != model.end()) {
            bighti_wheel_remove(&wheel, &entry.wheel);
            model.erase(place);
        } else {
            // One number in each statement: in one expression their order is the compiler's choice.
            uint64_t shift = random() % 64;
            add(entry, now + (random() >> shift) % (UINT64_MAX / 4));
            model.push_back(&entry);
        }
        if (step % 7 != 0)
            continue;
        uint64_t shift = 24 + random() % 40;
        now += (random() >> shift) % 1000000000000;
        std::sort(model.begin(), model.end(), by_deadline);
        auto end = std::find_if(model.begin(), model.end(),
                                [&](Entry *e) { return e->wheel.deadline > now; });
        std::vector<Entry *> expected(model.begin(), end);
        model.erase(model.begin(), end);
        ASSERT_EQ(expire(now), expected) << "step " << step;
        if (!model.empty()) {
            ASSERT_LE(bighti_wheel_next(&wheel), model.front()->wheel.deadline);
        }
    }
}

} // namespace
