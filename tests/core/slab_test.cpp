// The slab, in the form that builds without a sanitizer have; compiled with this test, so that it
// is looked at by the sanitizers too.
#include "support/alloc.hpp"

extern "C" {
#include "base/slab.h"
}

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace
{

constexpr std::size_t size = 88;
constexpr std::size_t several = 1000; // some blocks full

class Slab : public testing::Test
{
  protected:
    Slab()
    {
        bighti_slab_init(&slab, size);
    }

    void *take()
    {
        void *object = bighti_slab_take(&slab);

        if (object != nullptr)
            std::memset(object, 0x5a, size);
        return object;
    }

    std::vector<void *> take(std::size_t count)
    {
        std::vector<void *> objects(count);

        for (void *&object : objects)
            object = take();
        return objects;
    }

    void give(const std::vector<void *> &objects)
    {
        for (void *object : objects)
            bighti_slab_give(&slab, object);
    }

    support::AllocGuard guard;
    bighti_slab slab;
};

TEST_F(Slab, objectsAreAlignedAndApart)
{
    std::vector<void *> objects = take(several);
    std::vector<std::uintptr_t> places;

    for (void *object : objects)
        places.push_back(reinterpret_cast<std::uintptr_t>(object));
    std::sort(places.begin(), places.end());
    for (std::size_t i = 0; i < places.size(); i++) {
        EXPECT_EQ(places[i] % alignof(void *), 0u);
        if (i > 0) {
            EXPECT_GE(places[i] - places[i - 1], size);
        }
    }
    give(objects);
    bighti_slab_deinit(&slab);
}

TEST_F(Slab, manyObjectsAreFewAllocations)
{
    std::vector<void *> objects = take(several);

    EXPECT_LT(guard.calls(), several / 100);
    give(objects);
    bighti_slab_deinit(&slab);
}

TEST_F(Slab, theLastGivenIsTheNextTaken)
{
    void *first = take(), *second = take();

    bighti_slab_give(&slab, first);
    EXPECT_EQ(take(), first);
    give({first, second});
    bighti_slab_deinit(&slab);
}

TEST_F(Slab, oneThatComesAndGoesAllocatesOnce)
{
    for (std::size_t i = 0; i < several; i++)
        bighti_slab_give(&slab, take());
    EXPECT_EQ(guard.calls(), 1u);
    bighti_slab_deinit(&slab);
}

TEST_F(Slab, whatABurstTookGoesBackToTheSystem)
{
    give(take(several));
    EXPECT_EQ(guard.liveBlocks(), 1u);
    bighti_slab_deinit(&slab);
}

TEST_F(Slab, anyOrderOfTakingAndGiving)
{
    std::mt19937 random(1);
    std::vector<void *> objects;

    for (std::size_t i = 0; i < 20 * several; i++) {
        if (objects.empty() || random() % (i / several % 2 == 0 ? 3 : 2) != 0) {
            objects.push_back(take());
            continue;
        }
        std::swap(objects[random() % objects.size()], objects.back());
        bighti_slab_give(&slab, objects.back());
        objects.pop_back();
    }
    give(objects);
    EXPECT_EQ(guard.liveBlocks(), 1u);
    bighti_slab_deinit(&slab);
}

TEST_F(Slab, withoutMemoryThereIsNone)
{
    guard.failAfter(0, true);
    EXPECT_EQ(take(), nullptr);
    guard.relent();
    void *object = take();
    EXPECT_NE(object, nullptr);
    bighti_slab_give(&slab, object);
    bighti_slab_deinit(&slab);
}

} // namespace
