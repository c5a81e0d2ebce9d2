# Fails unless PROGRAM prints exactly the content of the file WANTED.
execute_process(COMMAND "${PROGRAM}" OUTPUT_VARIABLE printed RESULT_VARIABLE status)
file(READ "${WANTED}" wanted)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} ended with ${status}")
endif()
if(NOT printed STREQUAL wanted)
    message(FATAL_ERROR "${PROGRAM} printed\n${printed}\nin place of ${WANTED}")
endif()
