#include <bight/bytes.h>

#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <vector>

namespace
{

void countCall(void *data)
{
    ++*static_cast<int *>(data);
}

std::string text(const bight_bytes *bytes)
{
    bight_view view = bight_bytes_get_view(bytes);

    return std::string(reinterpret_cast<const char *>(view.data), view.size);
}

TEST(View, ofAStringLeavesTheNulOut)
{
    const char *string = "abc";
    bight_view view = bight_view_of(string);

    EXPECT_EQ(view.size, 3u);
    EXPECT_EQ(static_cast<const void *>(view.data), string);
    EXPECT_EQ(bight_view_of("").size, 0u);
}

TEST(View, equalsComparesContentAndSize)
{
    std::string copy = "same";

    EXPECT_TRUE(bight_view_equal(bight_view_of("same"), bight_view_of(copy.c_str())));
    EXPECT_FALSE(bight_view_equal(bight_view_of("same"), bight_view_of("sama")));
    EXPECT_FALSE(bight_view_equal(bight_view_of("same"), bight_view_of("sam")));
}

TEST(View, emptyOnesAreEqualWhereverTheyPoint)
{
    EXPECT_TRUE(bight_view_equal({nullptr, 0}, bight_view_of("")));
    EXPECT_TRUE(bight_view_equal({nullptr, 0}, {nullptr, 0}));
    EXPECT_FALSE(bight_view_equal({nullptr, 0}, bight_view_of("x")));
}

TEST(Bytes, areACopy)
{
    char original[] = {'a', '\0', 'b'};
    bight_bytes *bytes = bight_bytes_new(original, sizeof(original));

    ASSERT_NE(bytes, nullptr);
    std::memset(original, 'x', sizeof(original));
    EXPECT_EQ(text(bytes), std::string("a\0b", 3));
    bight_bytes_unref(bytes);
}

TEST(Bytes, mayBeEmptyWithoutASource)
{
    bight_bytes *bytes = bight_bytes_new(nullptr, 0);

    ASSERT_NE(bytes, nullptr);
    EXPECT_EQ(bight_bytes_get_view(bytes).size, 0u);
    bight_bytes_unref(bytes);
}

TEST(Bytes, ofAnImpossibleSizeAreNull)
{
    EXPECT_EQ(bight_bytes_new("", SIZE_MAX), nullptr);
    EXPECT_EQ(bight_bytes_new("", SIZE_MAX - 8), nullptr);
}

TEST(Bytes, takenAreNotCopiedAndFreedWithTheLastReference)
{
    const char content[] = "kept elsewhere";
    int destroyed = 0;
    bight_bytes *bytes = bight_bytes_new_take(content, 4, countCall, &destroyed);

    ASSERT_NE(bytes, nullptr);
    EXPECT_EQ(static_cast<const void *>(bight_bytes_get_view(bytes).data), content);
    EXPECT_EQ(bight_bytes_ref(bytes), bytes);
    bight_bytes_unref(bytes);
    EXPECT_EQ(destroyed, 0);
    EXPECT_EQ(text(bytes), "kept");
    bight_bytes_unref(bytes);
    EXPECT_EQ(destroyed, 1);
}

TEST(Bytes, takenWithoutDestroyLeaveTheOwnerAlone)
{
    static const char content[] = "constant";
    bight_bytes *bytes = bight_bytes_new_take(content, sizeof(content) - 1, nullptr, nullptr);

    EXPECT_EQ(text(bytes), "constant");
    bight_bytes_unref(bytes);
}

TEST(Bytes, referencesFromManyThreadsAreCounted)
{
    int destroyed = 0;
    bight_bytes *bytes = bight_bytes_new_take("x", 1, countCall, &destroyed);
    std::vector<std::thread> threads;

    for (int i = 0; i < 4; i++)
        threads.emplace_back([bytes] {
            for (int round = 0; round < 10000; round++) {
                bight_bytes_ref(bytes);
                bight_bytes_unref(bytes);
            }
        });
    for (auto &thread : threads)
        thread.join();
    EXPECT_EQ(destroyed, 0);
    bight_bytes_unref(bytes);
    EXPECT_EQ(destroyed, 1);
}

TEST(Bytes, unrefOfNullIsIgnored)
{
    bight_bytes_unref(nullptr);
}

} // namespace
