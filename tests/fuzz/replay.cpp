// Runs one fuzz target over the files of a folder, for builds without libFuzzer.  fuzz_seeds TARGET FOLDER
// What breaks a target ends the program, as it does under libFuzzer; the last file named is the one.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#define X(target) extern "C" int fuzz_##target(std::uint8_t const*, std::size_t);
FUZZ_TARGETS
#undef X

int main(int argc, char** argv) {
  std::map<std::string, int (*)(std::uint8_t const*, std::size_t)> const targets{
#define X(target) {#target, fuzz_##target},
      FUZZ_TARGETS
#undef X
  };
  if (argc != 3 || !targets.contains(argv[1])) {
    std::fprintf(stderr, "usage: fuzz_seeds TARGET FOLDER\n");
    return 2;
  }
  int count = 0;
  for (auto const& entry : std::filesystem::directory_iterator(argv[2])) {
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);
    std::ifstream file(entry.path(), std::ios::binary);
    std::vector<char> const bytes{std::istreambuf_iterator<char>(file), {}};
    targets.at(argv[1])(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
    ++count;
  }
  if (count == 0) std::fprintf(stderr, "there is no seed in %s\n", argv[2]);
  return count == 0 ? 1 : 0;
}
