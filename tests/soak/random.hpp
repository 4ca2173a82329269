// Numbers that the seed decides, and the bytes of a stream: known at every offset without a copy of
// what was sent.
#ifndef BIGHT_TESTS_SOAK_RANDOM_HPP
#define BIGHT_TESTS_SOAK_RANDOM_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>

namespace soak
{

// The mixing of splitmix64.
inline uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

class Random
{
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next()
    {
        return mix(state_++);
    }

    // From 0 to below `limit`, which is at least 1.
    uint64_t below(uint64_t limit)
    {
        return next() % limit;
    }

    uint64_t between(uint64_t least, uint64_t most)
    {
        return least + below(most - least + 1);
    }

    bool chance(unsigned percent)
    {
        return below(100) < percent;
    }

    // From 1 to `most`, every order of magnitude as likely as another.
    uint64_t size(uint64_t most)
    {
        double part = static_cast<double>(below(1 << 20)) / (1 << 20);
        return static_cast<uint64_t>(std::exp(part * std::log(static_cast<double>(most))));
    }

  private:
    uint64_t state_;
};

inline uint8_t streamByte(uint64_t seed, uint64_t offset)
{
    return static_cast<uint8_t>(mix(seed + offset / 8) >> (offset % 8 * 8));
}

inline void streamFill(uint64_t seed, uint64_t offset, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint64_t word = mix(seed + (offset + i) / 8) >> ((offset + i) % 8 * 8);
        size_t end = i + 8 - (offset + i) % 8;
        for (; i < end && i < size; i++, word >>= 8)
            bytes[i] = static_cast<uint8_t>(word);
    }
}

// The offset in the stream of the first byte that is not as it was sent; `offset + size` if all
// are.
inline uint64_t streamVerify(uint64_t seed, uint64_t offset, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint64_t word = mix(seed + (offset + i) / 8) >> ((offset + i) % 8 * 8);
        size_t end = i + 8 - (offset + i) % 8;
        for (; i < end && i < size; i++, word >>= 8) {
            if (bytes[i] != static_cast<uint8_t>(word))
                return offset + i;
        }
    }
    return offset + size;
}

} // namespace soak

#endif
