import Image from 'next/image'
