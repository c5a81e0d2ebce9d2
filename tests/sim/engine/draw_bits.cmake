# Compiles the draws with every compiler that is here, at every optimisation level, and
# compares what each program prints with the golden file.
#
#   cmake -DSOURCE=<root> -DWORK=<scratch folder> -P draw_bits.cmake
#
# draw_bits.golden is a golden: it was printed by this program and not worked out by hand,
# because no other source knows these bits. It is there so that a change of them, which
# changes every run ever recorded, is noticed and meant. Whether the draws are right is
# what test_dist and test_ziggurat ask. To renew it: build the target draw_bits, run it,
# and put its output in the file's place.

set(levels -O0 -O1 -O2 -O3 -Os "-O3 -march=native" "-O2 -flto")
set(flags -std=c11 -ffp-contract=off -fno-math-errno "-I${SOURCE}")
set(sources tests/sim/engine/draw_bits.c sim/engine/dist.c sim/engine/math.c
    sim/engine/random.c sim/engine/ziggurat.c sim/engine/ziggurat_tables.c)
list(TRANSFORM sources PREPEND "${SOURCE}/")
file(READ "${SOURCE}/tests/sim/engine/draw_bits.golden" golden)
file(MAKE_DIRECTORY "${WORK}")

set(tried 0)
function(try compiler level)
    separate_arguments(options UNIX_COMMAND "${level}")
    set(program "${WORK}/draw_bits_try")
    execute_process(COMMAND "${compiler}" ${flags} ${options} ${sources} -o "${program}" -lm
        RESULT_VARIABLE status ERROR_VARIABLE said)
    if(NOT status EQUAL 0)
        # A compiler without the linker's plug-in for link-time optimisation is no failure.
        if(level MATCHES "flto")
            message(STATUS "${compiler} ${level}: not available here")
            return()
        endif()
        message(FATAL_ERROR "${compiler} ${level} does not compile:\n${said}")
    endif()
    execute_process(COMMAND "${program}" OUTPUT_VARIABLE printed RESULT_VARIABLE status)
    if(NOT status EQUAL 0 OR NOT printed STREQUAL golden)
        message(FATAL_ERROR "${compiler} ${level}: other bits.\n${printed}\nwanted:\n${golden}")
    endif()
    message(STATUS "${compiler} ${level}: same bits")
    math(EXPR n "${tried} + 1")
    set(tried ${n} PARENT_SCOPE)
endfunction()

foreach(name gcc clang)
    find_program(compiler_${name} ${name})
    if(compiler_${name})
        foreach(level IN LISTS levels)
            try("${compiler_${name}}" "${level}")
        endforeach()
    endif()
endforeach()
if(tried EQUAL 0)
    message(FATAL_ERROR "neither gcc nor clang was found")
endif()
