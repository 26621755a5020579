# Build tools: compiler cache, linker, warnings and sanitizers, applied to every target of ours.

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers are only cacheable with these allowances (ccache manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
endif()

find_program(MOLD mold)
if(MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                    "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-mismatched-new-delete>") # false alarms on coroutines, GCC 12
if(TARINA_WERROR)
  add_compile_options(-Werror)
endif()

if(TARINA_SANITIZE)
  add_compile_options(-fsanitize=${TARINA_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TARINA_SANITIZE})
  if(TARINA_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan) # Asio's fences are also expressed as atomics that ThreadSanitizer follows
  endif()
  if(TARINA_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
endif()

if(TARINA_FUZZ) # coverage feedback from everything the targets link
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
