// Structures of other sizes than this build's, and what is expected of who reads them.
#ifndef BIGHT_TESTS_PROTOCOLS_GROWING_SUPPORT_HPP
#define BIGHT_TESTS_PROTOCOLS_GROWING_SUPPORT_HPP

#include <bight/crank.h>

#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <memory>

namespace growing
{

constexpr size_t tailSize = 2 * sizeof(size_t);

// A structure in a block of exactly its own size, so that a sanitizer sees who reads on.
class Sized
{
  public:
    template <typename T> Sized(const T &from, size_t size) : bytes_(new unsigned char[size]())
    {
        std::memcpy(bytes_.get(), &from, size < sizeof(T) ? size : sizeof(T));
        std::memcpy(bytes_.get(), &size, sizeof(size));
    }
    template <typename T> const T *as() const
    {
        return reinterpret_cast<const T *>(bytes_.get());
    }
    unsigned char &operator[](size_t at)
    {
        return bytes_[at];
    }

  private:
    std::unique_ptr<unsigned char[]> bytes_;
};

// What a size comes to: the function gives the status, or aborts where wrong options are misuse.
template <typename T> using Use = std::function<bight_status(const T *)>;

template <typename T> void expectOptionsGrow(const T &given, const Use<T> &use, bool aborts = false)
{
    Sized older(given, sizeof(T) - sizeof(size_t)), newer(given, sizeof(T) + tailSize);
    Sized wanting(given, sizeof(T) + tailSize), none(given, sizeof(T)), odd(given, sizeof(T));

    EXPECT_EQ(use(&given), BIGHT_OK);
    EXPECT_EQ(use(older.as<T>()), BIGHT_OK) << "smaller";
    EXPECT_EQ(use(newer.as<T>()), BIGHT_OK) << "larger, and zero behind what is known";
    wanting[sizeof(T) + tailSize - 1] = 1;
    std::memset(&none[0], 0, sizeof(size_t));
    odd[0]--;
    for (Sized *wrong : {&wanting, &none, &odd}) {
        if (aborts)
            EXPECT_DEATH((void)use(wrong->as<T>()), "misuse in .*unknown size");
        else
            EXPECT_EQ(use(wrong->as<T>()), BIGHT_ERROR_INVALID);
    }
}

// Tables: 0 and what is larger are known, whatever stands in the tail.
template <typename T> void expectTableGrows(const T &given, const Use<T> &use, bool aborts = false)
{
    Sized none(given, sizeof(T)), newer(given, sizeof(T) + tailSize);
    Sized less(given, 2 * sizeof(size_t));

    EXPECT_EQ(use(&given), BIGHT_OK);
    std::memset(&none[0], 0, sizeof(size_t));
    EXPECT_EQ(use(none.as<T>()), BIGHT_OK) << "without a size";
    std::memset(&newer[sizeof(T)], 0xff, tailSize);
    EXPECT_EQ(use(newer.as<T>()), BIGHT_OK) << "larger";
    if (aborts)
        EXPECT_DEATH((void)use(less.as<T>()), "misuse in .*unknown size");
    else
        EXPECT_EQ(use(less.as<T>()), BIGHT_ERROR_INVALID);
}

class Growing : public testing::Test
{
  protected:
    Growing()
    {
        GTEST_FLAG_SET(death_test_style, "fast");
        reactor = bight_crank_reactor_new();
    }
    ~Growing() override
    {
        bight_reactor_free(reactor);
    }
    bight_reactor *reactor;
};

} // namespace growing

#endif
