# Writes a C++ file that holds text files as string literals:
#   cmake -DOUT=file.cpp -DNAMESPACE=a::b -DFUNCTION=files -DINPUTS=a.sql,b.sql -P embed.cmake
# defines `std::vector<std::pair<std::string_view, std::string_view>> const& files()` of (file name, content).
string(REPLACE "," ";" inputs "${INPUTS}")
set(text "#include <string_view>\n#include <utility>\n#include <vector>\n\nnamespace ${NAMESPACE} {\n\n")
string(APPEND text "std::vector<std::pair<std::string_view, std::string_view>> const& ${FUNCTION}();\n")
string(APPEND text "std::vector<std::pair<std::string_view, std::string_view>> const& ${FUNCTION}() {\n  static std::vector<std::pair<std::string_view, std::string_view>> const all{\n")
foreach(input IN LISTS inputs)
  get_filename_component(name "${input}" NAME)
  file(READ "${input}" content)
  string(APPEND text "    {\"${name}\", R\"embedded(${content})embedded\"},\n")
endforeach()
string(APPEND text "  };\n  return all;\n}\n\n} // namespace ${NAMESPACE}\n")
file(WRITE "${OUT}" "${text}")
