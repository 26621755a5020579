// Inside the box: reads a task, confines the process, does the task, says how it ended.
#pragma once

namespace tarina::transcode {

/// The child's descriptors, opened by its parent before it existed.
inline constexpr int task_fd = 0;   // JSON {task, threads, yield, sandbox, escape}, then end of file
inline constexpr int source_fd = 3; // the original, for reading
inline constexpr int output_fd = 4; // messages of outputs.hpp

/// `main` of the child process. Returns its exit status.
int run_task_in_this_process();

} // namespace tarina::transcode
