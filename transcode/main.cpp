#include "transcode/run_task.hpp"
#include <string_view>
int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--run-task") return tarina::transcode::run_task_in_this_process();
  return 2;
}
